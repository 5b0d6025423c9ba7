import type { LayersModel } from '@tensorflow/tfjs';
import { seedOf } from '../runtime/common/index.js';

type Layer = LayersModel['layers'][number];

/** What TensorFlow.js' layer has and does not declare. */
interface Seeded {
  seed?: number | undefined;
}

/** The layers of a model that drop values at random, those of models in it included. */
const dropoutsOf = (layers: readonly Layer[]): Layer[] =>
  layers.flatMap((layer) => {
    const inner = (layer as unknown as { layers?: Layer[] }).layers;
    if (inner) return dropoutsOf(inner);
    return /Dropout(1D)?$/.test(layer.getClassName()) ? [layer] : [];
  });

/**
 * Runs steps with dropout masks that come from (seed, layer, step) and nothing else. TensorFlow.js draws the same mask at
 * every call where a layer has a seed, and one that nobody can draw again where it has none.
 */
export function dropoutSeeds(layers: readonly Layer[], seed: number): <T>(step: number, run: () => T) => T {
  const dropouts = dropoutsOf(layers);
  return (step, run) => {
    const seeded = dropouts.map((layer) => layer as unknown as Seeded);
    const before = seeded.map((layer) => layer.seed);
    try {
      for (const [i, layer] of seeded.entries()) layer.seed = seedOf(seed, 'dropout', dropouts[i]!.name, step);
      return run();
    } finally {
      // The seed is a part of the layer's description, which is written down with the model.
      for (const [i, layer] of seeded.entries()) layer.seed = before[i];
    }
  };
}

import type { LayersModel } from '@tensorflow/tfjs';
import { seedOf } from '../runtime/common/index.js';

type Layer = LayersModel['layers'][number];

/** What TensorFlow.js' layer has and does not declare. */
interface Seeded {
  seed?: number | undefined;
}

/** The layers of a model that drop or change values at random, those of models in it included. */
const dropoutsOf = (layers: readonly Layer[]): Layer[] =>
  layers.flatMap((layer) => {
    const inner = (layer as unknown as { layers?: Layer[] }).layers;
    if (inner) return dropoutsOf(inner);
    return /Dropout(1D)?$|^GaussianNoise$/.test(layer.getClassName()) ? [layer] : [];
  });

/**
 * Runs a step with dropout masks, and noise, that come from (seed, layer, step) and nothing else. TensorFlow.js draws the same mask at
 * every call where a layer has a seed, and one that nobody can draw again where it has none.
 */
export function dropoutSeeds(layers: readonly Layer[], seed: number): <T>(step: () => number, run: () => T) => T {
  const dropouts = dropoutsOf(layers);
  return (step, run) => {
    const described = dropouts.map((layer) => Object.getOwnPropertyDescriptor(layer, 'seed'));
    try {
      for (const layer of dropouts) {
        const get = () => seedOf(seed, 'dropout', layer.name, step());
        Object.defineProperty(layer, 'seed', { get, configurable: true, enumerable: true });
      }
      return run();
    } finally {
      // The seed is a part of the layer's description, which is written down with the model.
      for (const [i, layer] of dropouts.entries()) {
        if (described[i]) Object.defineProperty(layer, 'seed', described[i]);
        else delete (layer as Seeded).seed;
      }
    }
  };
}

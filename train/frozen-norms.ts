import type { LayersModel, Tensor } from '@tensorflow/tfjs';

type Layer = LayersModel['layers'][number];
interface Callable {
  call(inputs: Tensor | Tensor[], options: { training?: boolean }): Tensor | Tensor[];
}

/**
 * Batch normalisations that are not trained use the statistics that they have, and leave them as they are, also while the
 * rest is trained: as in Keras (https://keras.io/guides/transfer_learning), and unlike TensorFlow.js.
 */
export function keepFrozenNormsStill(layers: readonly Layer[]): void {
  for (const layer of layers) {
    if (layer.getClassName() !== 'BatchNormalization' || layer.trainable) continue;
    const norm = layer as unknown as Callable;
    const call = norm.call.bind(layer);
    norm.call = (inputs, options) => call(inputs, { ...options, training: false });
  }
}

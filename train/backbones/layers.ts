import type { SymbolicTensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { seedOf } from '../../runtime/common/index.js';

type Size = readonly [height: number, width: number];

/**
 * What is added around an image so that a strided convolution without padding of its own sees every pixel, as Keras' networks
 * do it (`correct_pad`): one less before than after where a side is even.
 */
export function paddingFor([height, width]: Size, kernel: number): [[number, number], [number, number]] {
  const half = Math.floor(kernel / 2);
  const before = (side: number) => half - (1 - (side % 2));
  return [
    [before(height), half],
    [before(width), half],
  ];
}

/** Makers of the layers that the networks of `keras.applications` have: convolutions without bias, each with its norm. */
export function convolutionLayers(tf: TensorFlow, seed: number | undefined) {
  const { layers } = tf;
  const apply = (layer: { apply(x: SymbolicTensor): unknown }, x: SymbolicTensor) => layer.apply(x) as SymbolicTensor;
  const he = (name: string) =>
    seed === undefined ? tf.initializers.zeros() : tf.initializers.heNormal({ seed: seedOf(seed, name) });
  return {
    conv: (
      x: SymbolicTensor,
      name: string,
      filters: number,
      kernelSize: number,
      {
        strides = 1,
        padding = 'same',
        useBias = false,
        activation,
      }: {
        strides?: number;
        padding?: 'same' | 'valid';
        useBias?: boolean;
        activation?: 'relu' | 'swish' | 'sigmoid';
      } = {},
    ) =>
      apply(
        layers.conv2d({
          ...{ name, filters, kernelSize, strides, padding, useBias },
          ...(activation && { activation }),
          kernelInitializer: he(name),
        }),
        x,
      ),
    depthwise: (x: SymbolicTensor, name: string, kernelSize: number, strides: number) =>
      apply(
        layers.depthwiseConv2d({
          ...{ name, kernelSize, strides, useBias: false },
          padding: strides === 1 ? 'same' : 'valid',
          depthwiseInitializer: he(name),
        }),
        x,
      ),
    /** Before a strided convolution without padding. */
    pad: (x: SymbolicTensor, name: string, kernelSize: number) =>
      apply(layers.zeroPadding2d({ name, padding: paddingFor(x.shape.slice(1, 3) as unknown as Size, kernelSize) }), x),
    /** @param momentum as Keras has it: for statistics of very many steps, which a training from scratch here has not */
    norm: (x: SymbolicTensor, name: string, momentum = 0.99) =>
      apply(layers.batchNormalization({ name, epsilon: 1e-3, momentum: seed === undefined ? momentum : 0.9 }), x),
    relu6: (x: SymbolicTensor, name: string) => apply(layers.reLU({ name, maxValue: 6 }), x),
    swish: (x: SymbolicTensor, name: string) => apply(layers.activation({ name, activation: 'swish' }), x),
    add: (x: readonly SymbolicTensor[], name: string) => layers.add({ name }).apply([...x]) as SymbolicTensor,
    multiply: (x: readonly SymbolicTensor[], name: string) => layers.multiply({ name }).apply([...x]) as SymbolicTensor,
  };
}

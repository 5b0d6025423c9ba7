import type { SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { numbers, tf } from '../networks.js';
import { after, any, type Cases, dataFormat, define, image, inFormat, vector } from './case.js';

const little = fc.integer({ min: 0, max: 2 });
const sides = fc.oneof(little, fc.tuple(little, little), fc.tuple(fc.tuple(little, little), fc.tuple(little, little)));
const size = fc.integer({ min: 1, max: 12 });
const interpolation = fc.constantFrom('nearest' as const, 'bilinear' as const);
const big: fc.Arbitrary<number[]> = fc.tuple(
  fc.integer({ min: 5, max: 9 }),
  fc.integer({ min: 5, max: 9 }),
  fc.integer({ min: 5, max: 6 }),
);

/** TensorFlow.js changes the shape of what these layers take, and the model's input must keep its own. */
const aside = (x: SymbolicTensor) => after(tf.layers.reshape({ targetShape: x.shape.slice(1) as number[] }), x);
/** TensorFlow.js runs these layers by themselves, and not in a model. */
const alone = (layer: { apply(x: Tensor): unknown }, x: Tensor) => layer.apply(x) as Tensor;

/** What TensorFlow's own kernels lack. */
function inJavaScript(compute: () => Tensor): Tensor {
  const backend = tf.getBackend();
  // Both are there at once: the promises say nothing.
  void tf.setBackend('cpu');
  try {
    return compute();
  } finally {
    void tf.setBackend(backend);
  }
}

export const images: Cases = new Map([
  [
    'CategoryEncoding',
    define({
      shape: (args) => (args.outputMode === 'oneHot' ? fc.constant([1]) : vector),
      args: fc.record({
        numTokens: fc.integer({ min: 1, max: 9 }),
        outputMode: fc.constantFrom('multiHot' as const, 'oneHot' as const, 'count' as const),
      }),
      isFirst: true,
      input: (length, { numTokens }) => numbers(7, length, 0, numTokens - 0.001),
      apply: (x, args) => after(tf.layers.categoryEncoding(args), aside(x)),
      expected: (x, args) => inJavaScript(() => alone(tf.layers.categoryEncoding(args) as never, x)),
    }),
  ],
  [
    'CenterCrop',
    define({
      // One column less is where TensorFlow.js' backends do not agree.
      shape: ({ width }) => image.filter(([, columns]) => columns !== width + 1),
      args: fc.record({ height: size, width: size }),
      apply: (x, args) => after(tf.layers.centerCrop(args), aside(x)),
      expected: (x, args) => alone(tf.layers.centerCrop(args) as never, x),
    }),
  ],
  [
    'Cropping2D',
    define({
      shape: big,
      args: fc.record({ cropping: sides as fc.Arbitrary<number>, dataFormat }),
      apply: (x, args) => after(tf.layers.cropping2D(args), x),
    }),
  ],
  [
    'RandomWidth',
    define({
      shape: image,
      // TensorFlow.js draws a width in prediction too; Keras, and we, leave it.
      args: fc.constant({ factor: [0, 0] as [number, number] }),
      apply: (x, args) => after(tf.layers.randomWidth(args as never), aside(x)),
      expected: (x, args) => alone(tf.layers.randomWidth(args as never) as never, x),
    }),
  ],
  [
    'Rescaling',
    define({
      shape: any,
      args: fc.record({ scale: fc.constantFrom(1 / 255, 2), offset: fc.constantFrom(0, -1) }),
      apply: (x, args) => after(tf.layers.rescaling(args), x),
    }),
  ],
  [
    'Resizing',
    define({
      shape: image,
      args: fc.record({ height: size, width: size, interpolation, cropToAspectRatio: fc.boolean() }),
      apply: (x, args) => after(tf.layers.resizing(args), aside(x)),
      expected: (x, args) => alone(tf.layers.resizing(args) as never, x),
    }),
  ],
  [
    'UpSampling2D',
    define({
      shape: inFormat(image),
      args: fc.record({
        size: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        interpolation,
        dataFormat,
      }),
      apply: (x, args) => after(tf.layers.upSampling2d(args), x),
    }),
  ],
  [
    'ZeroPadding2D',
    define({
      shape: inFormat(image),
      args: fc.record({ padding: sides as fc.Arbitrary<number>, dataFormat }),
      apply: (x, args) => after(tf.layers.zeroPadding2d(args), x),
    }),
  ],
]);

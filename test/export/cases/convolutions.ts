import fc from 'fast-check';
import { tf } from '../networks.js';
import { activation } from './activations.js';
import {
  after,
  type Cases,
  dataFormat,
  define,
  dense,
  few,
  image,
  inFormat,
  padding,
  sequence,
  volume,
} from './case.js';

// TensorFlow has no strides together with dilations.
const steps = fc.oneof(fc.record({ strides: few }), fc.record({ dilationRate: fc.constant(2) }));
const common = { padding, activation, useBias: fc.boolean() };

/** Of both convolutions of volumes. */
const volumeArgs = fc
  .record({
    ...common,
    dataFormat,
    filters: few,
    kernelSize: fc.tuple(few, few, few),
    strides: fc.tuple(few, few, few),
  })
  .map(dense);

export const convolutions: Cases = new Map([
  [
    'Conv1D',
    define({
      shape: sequence,
      args: fc.record({ ...common, filters: few, kernelSize: few, steps }),
      apply: (x, { steps, ...args }) => after(tf.layers.conv1d({ ...args, ...steps }), x),
    }),
  ],
  [
    'Conv2D',
    define({
      shape: inFormat(image),
      args: fc.record({ ...common, dataFormat, filters: few, kernelSize: fc.tuple(few, few), steps }),
      apply: (x, { steps, ...args }) => after(tf.layers.conv2d({ ...args, ...steps }), x),
    }),
  ],
  [
    'Conv2DTranspose',
    define({
      shape: inFormat(image),
      args: fc.record({
        ...common,
        dataFormat,
        filters: few,
        kernelSize: fc.tuple(few, few),
        strides: fc.tuple(few, few),
      }),
      apply: (x, args) => after(tf.layers.conv2dTranspose(args), x),
    }),
  ],
  [
    'Conv3D',
    define({
      shape: inFormat(volume),
      args: volumeArgs,
      apply: (x, args) => after(tf.layers.conv3d(args), x),
    }),
  ],
  [
    'Conv3DTranspose',
    define({
      shape: inFormat(volume),
      args: volumeArgs,
      apply: (x, args) => after(tf.layers.conv3dTranspose(args) as never, x),
    }),
  ],
  [
    'DepthwiseConv2D',
    define({
      shape: inFormat(image),
      // Without dilation, which TensorFlow.js ignores here.
      args: fc.record({ ...common, dataFormat, kernelSize: few, strides: few, depthMultiplier: few }),
      apply: (x, args) => after(tf.layers.depthwiseConv2d(args), x),
    }),
  ],
  [
    'SeparableConv2D',
    define({
      shape: inFormat(image),
      args: fc.oneof(
        fc.record({ ...common, filters: few, kernelSize: few, depthMultiplier: few, steps }),
        // With channels first TensorFlow.js adds the bias along another axis.
        fc.record({
          padding,
          activation: fc.constantFrom('linear' as const, 'relu' as const),
          useBias: fc.constant(false),
          dataFormat: fc.constant('channelsFirst' as const),
          filters: few,
          kernelSize: few,
          depthMultiplier: few,
          steps,
        }),
      ) as fc.Arbitrary<{ dataFormat?: 'channelsFirst'; steps: object; filters: number; kernelSize: number }>,
      apply: (x, { steps, ...args }) => after(tf.layers.separableConv2d({ ...args, ...steps }), x),
    }),
  ],
]);

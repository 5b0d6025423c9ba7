import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';

interface Attributes {
  readonly strides: readonly [number, number] | number;
  readonly pad: 'same' | 'valid' | number;
}

type Shape = readonly [number, number, number, number];

/**
 * The gradients of depthwise convolutions, which TensorFlow.js' WASM backend has not, made of kernels that it has: with them
 * networks like MobileNet are trained there.
 */
export function registerDepthwiseGradients(tf: TensorFlow): void {
  const register = (kernelName: string, compute: (inputs: Inputs, attributes: never) => Tensor) => {
    if (tf.getKernel(kernelName, 'wasm')) return;
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => tf.tidy(() => compute(inputs as unknown as Inputs, attrs as never)),
    });
  };
  register(
    'DepthwiseConv2dNativeBackpropInput',
    ({ dy, filter }, { inputShape, ...attributes }: Attributes & { inputShape: Shape }) =>
      inputGradient(tf, dy, filter!, inputShape, attributes),
  );
  register(
    'DepthwiseConv2dNativeBackpropFilter',
    ({ x, dy }, { filterShape, ...attributes }: Attributes & { filterShape: Shape }) =>
      filterGradient(tf, x!, dy, filterShape, attributes),
  );
}

interface Inputs {
  readonly dy: Tensor4D;
  readonly x?: Tensor4D;
  readonly filter?: Tensor4D;
}

const stepsOf = ({ strides }: Attributes): readonly [number, number] =>
  typeof strides === 'number' ? [strides, strides] : strides;

/** What stands before the image, as the forward convolution padded it: with `same` the odd pixel goes to the end. */
function before(size: number, kernel: number, stride: number, out: number, pad: Attributes['pad']): number {
  if (typeof pad === 'number') return pad;
  return pad === 'same' ? Math.floor(Math.max((out - 1) * stride + kernel - size, 0) / 2) : 0;
}

/** With zeros between rows and between columns, as far as the stride. */
function spread(tf: TensorFlow, dy: Tensor4D, [sy, sx]: readonly [number, number]): Tensor4D {
  const [n, height, width, channels] = dy.shape;
  const apart = (tensor: Tensor, rows: number, size: number, stride: number) =>
    stride === 1
      ? tensor
      : tf.pad(tf.reshape(tensor, [rows, 1, size]), [
          [0, 0],
          [0, stride - 1],
          [0, 0],
        ]);
  const tall = apart(dy, n * height, width * channels, sy);
  const wide = apart(tall, n * height * sy * width, channels, sx);
  const all = tf.reshape(wide, [n, height * sy, width * sx, channels]) as Tensor4D;
  return tf.slice(all, [0, 0, 0, 0], [n, (height - 1) * sy + 1, (width - 1) * sx + 1, channels]);
}

/**
 * A depthwise convolution of dy, spread as far as the stride, with the filter turned around; of more than one output a channel,
 * the sum over them.
 * @param dy `[N, OH, OW, in x multiplier]`; @param filter `[kh, kw, in, multiplier]`
 */
function inputGradient(
  tf: TensorFlow,
  dy: Tensor4D,
  filter: Tensor4D,
  [n, height, width, inputs]: Shape,
  attributes: Attributes,
): Tensor {
  const [kh, kw, , multiplier] = filter.shape;
  const [sy, sx] = stepsOf(attributes);
  const [, oh, ow] = dy.shape;
  const top = kh - 1 - before(height, kh, sy, oh, attributes.pad);
  const left = kw - 1 - before(width, kw, sx, ow, attributes.pad);
  const apart = spread(tf, dy, [sy, sx]);
  // So that one value comes for each pixel; what would be cut off lies where the filter never was.
  const bottom = height + kh - 1 - top - apart.shape[1];
  const right = width + kw - 1 - left - apart.shape[2];
  const clipped = tf.slice(
    apart,
    [0, Math.max(-top, 0), Math.max(-left, 0), 0],
    [
      n,
      apart.shape[1] + Math.min(top, 0) + Math.min(bottom, 0),
      apart.shape[2] + Math.min(left, 0) + Math.min(right, 0),
      inputs * multiplier,
    ],
  );
  const padded = tf.pad(clipped, [
    [0, 0],
    [Math.max(top, 0), Math.max(bottom, 0)],
    [Math.max(left, 0), Math.max(right, 0)],
    [0, 0],
  ]) as Tensor4D;
  const turned = tf.reshape(tf.reverse(filter, [0, 1]), [kh, kw, inputs * multiplier, 1]) as Tensor4D;
  const each = tf.depthwiseConv2d(padded, turned, 1, 'valid');
  if (multiplier === 1) return each;
  return tf.reshape(tf.sum(tf.reshape(each, [n * height * width, inputs, multiplier]), 2), [n, height, width, inputs]);
}

/**
 * For each place of the filter, the pixels under it times dy, summed.
 * @param x `[N, H, W, in]`; @param dy `[N, OH, OW, in x multiplier]`; @returns `[kh, kw, in, multiplier]`
 */
function filterGradient(
  tf: TensorFlow,
  x: Tensor4D,
  dy: Tensor4D,
  [kh, kw, inputs, multiplier]: Shape,
  attributes: Attributes,
): Tensor {
  const [n, height, width] = x.shape;
  const [, oh, ow] = dy.shape;
  const [sy, sx] = stepsOf(attributes);
  const [top, left] = [before(height, kh, sy, oh, attributes.pad), before(width, kw, sx, ow, attributes.pad)];
  const [tall, wide] = [(oh - 1) * sy + kh, (ow - 1) * sx + kw];
  const padded = tf.pad(x, [
    [0, 0],
    [top, Math.max(tall - top - height, 0)],
    [left, Math.max(wide - left - width, 0)],
    [0, 0],
  ]);
  const places: Tensor[] = [];
  for (let ky = 0; ky < kh; ky++) {
    for (let kx = 0; kx < kw; kx++) {
      const end = [n, ky + (oh - 1) * sy + 1, kx + (ow - 1) * sx + 1, inputs];
      const seen = tf.stridedSlice(padded, [0, ky, kx, 0], end, [1, sy, sx, 1]);
      const pixels = tf.reshape(seen, [n * oh * ow, inputs, 1]);
      places.push(tf.sum(tf.mul(pixels, tf.reshape(dy, [n * oh * ow, inputs, multiplier])), 0));
    }
  }
  return tf.reshape(tf.stack(places), [kh, kw, inputs, multiplier]);
}

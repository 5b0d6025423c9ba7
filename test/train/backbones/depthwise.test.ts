import type { Tensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { probeTensorFlow } from 'onward/machine';
import { chooseBackend } from 'onward/train';
import { expect, it } from 'vitest';
import { gradientsAgree, size } from '../convolution-gradients.js';

const native = await probeTensorFlow('native');
it.skipIf(!native.available)(
  'the WASM backend has the gradients of depthwise convolutions that the native one has',
  async () => {
    await gradientsAgree(
      {
        settings: {
          multiplier: size(1, 2),
          kernel: fc.tuple(size(1, 5), size(1, 5)),
          // TensorFlow has one for both sides.
          stride: size(1, 3),
        },
        filters: ({ multiplier }) => multiplier,
        forward: (tf, image, filter, { stride, pad }) => tf.depthwiseConv2d(image, filter, stride, pad),
      },
      60,
    );
  },
);

it('trains a network with them on the WASM backend', async () => {
  const { tf } = await chooseBackend('wasm');
  const layer = tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', inputShape: [9, 8, 3] });
  const model = tf.sequential({ layers: [layer, tf.layers.globalAveragePooling2d({})] });
  const x = tf.randomUniform([4, 9, 8, 3], -1, 1, 'float32', 1);
  const loss = () =>
    tf.tidy(() => tf.sum(tf.square(tf.sub(model.apply(x) as Tensor, 1))) as import('@tensorflow/tfjs').Scalar);
  const optimizer = tf.train.sgd(0.1);
  const before = loss().dataSync()[0]!;
  for (let i = 0; i < 5; i++) optimizer.minimize(loss);
  expect(loss().dataSync()[0]).toBeLessThan(before);
  model.dispose();
});

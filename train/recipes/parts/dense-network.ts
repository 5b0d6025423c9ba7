import type { LayersModel } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../../machine/index.js';
import type { NetworkSpec } from '../../recipe.js';
import { layersFrom, through } from './layers.js';

const widths = [1152, 576, 288, 144];

/** Flatten, four dense layers with relu, and a dense layer over the classes; `dropout` puts batch norm and dropout after each of the four. */
export function denseNetwork(
  tf: TensorFlow,
  { shape, classes, seed }: NetworkSpec,
  { name, dropout }: { name: string; dropout?: number },
): LayersModel {
  const make = layersFrom(tf, seed);
  const input = tf.input({ shape: [...shape], name: 'image' });
  const hidden = widths.flatMap((width, i) => [
    make.dense(`dense${i + 1}`, width, 'relu'),
    ...(dropout === undefined ? [] : [make.norm(`norm${i + 1}`), make.dropout(`dropout${i + 1}`, dropout)]),
  ]);
  const output = through(input, make.flatten('flatten'), ...hidden, make.dense('logits', classes), make.softmax());
  return tf.model({ inputs: input, outputs: output, name });
}

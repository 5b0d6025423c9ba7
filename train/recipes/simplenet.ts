import type { LayersModel } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import type { NetworkSpec, Recipe } from '../recipe.js';
import { layersFrom, through } from './parts/layers.js';
import { grayWithContrast } from './parts/to-gray.js';

interface Block {
  readonly filters: number;
  readonly size: 1 | 3;
  readonly norm: boolean;
  readonly pool: boolean;
}

const block = (filters: number, { size = 3, norm = true, pool = false }: Partial<Block> = {}): Block => ({
  filters,
  size,
  norm,
  pool,
});

/** Thirteen convolutions, after SimpleNet (Hasanpour et al. 2016, arXiv:1608.06037). */
const blocks: readonly Block[] = [
  ...[block(64), block(128), block(128), block(128, { pool: true })],
  ...[block(128), block(128), block(256, { pool: true })],
  ...[block(256), block(256, { pool: true })],
  block(512),
  block(2048, { size: 1, norm: false }),
  block(256, { size: 1, norm: false, pool: true }),
  block(256, { norm: false, pool: true }),
];

/** Each block: convolution with relu, batch norm, pool, dropout. */
export function simplenetModel(tf: TensorFlow, { shape, classes, seed }: NetworkSpec, name: string): LayersModel {
  const make = layersFrom(tf, seed);
  const input = tf.input({ shape: [...shape], name: 'image' });
  const body = blocks.flatMap(({ filters, size, norm, pool }, i) => [
    make.conv(`conv${i + 1}`, filters, size),
    ...(norm ? [make.norm(`norm${i + 1}`)] : []),
    ...(pool ? [make.pool(`pool${i + 1}`)] : []),
    make.dropout(`dropout${i + 1}`, 0.2),
  ]);
  const output = through(input, ...body, make.flatten('features'), make.dense('logits', classes), make.softmax());
  return tf.model({ inputs: input, outputs: output, name });
}

/** Of the published study: SimpleNet on gray images with all of their contrast. */
export const simplenet: Recipe = {
  name: 'simplenet',
  description: 'thirteen convolutions on gray images, of the published study; hours on a CPU',
  preprocessing: grayWithContrast,
  batchSize: 64,
  epochs: { native: 25, wasm: 25 },
  labelSmoothing: 0,
  augmentation: () => [],
  learningRate: () => 1e-3,
  build: (tf, spec) => simplenetModel(tf, spec, 'simplenet'),
};

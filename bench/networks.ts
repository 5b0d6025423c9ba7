import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LayersModel, readModelBytes } from '../export/index.node.js';
import type { Bench } from './benchmark.js';

/** What peers/networks.py can make. */
export const networkNames = ['simplenet', 'simplenet-negative', 'vgg16', 'small-cnn', 'mobilenet-v2'] as const;
export type NetworkName = (typeof networkNames)[number];

export interface Network {
  readonly name: NetworkName;
  /** The `.keras` file that every exporter reads. */
  readonly path: string;
  /** Of one image: height, width, channels. */
  readonly shape: readonly [number, number, number];
  /** Of all weights, float32. */
  readonly bytes: number;
  readonly parameters: number;
}

export const weightBytes = ({ layers }: LayersModel): number =>
  layers.flatMap((layer) => [...layer.weights.values()]).reduce((sum, { values }) => sum + values.byteLength, 0);

export async function readNetwork(path: string): Promise<LayersModel> {
  return readModelBytes(new Uint8Array(await readFile(path)), { name: path });
}

/** Has Keras make a network with random weights and read back by us. */
export async function makeNetwork({ folder, python }: Bench, name: NetworkName): Promise<Network> {
  const path = join(folder, `${name}.keras`);
  const { parameters } = await (await python()).ask<{ parameters: number }>('make', { network: name, path });
  const model = await readNetwork(path);
  const input = model.layers.find(({ className }) => className === 'InputLayer')!;
  const [, ...shape] = input.config.batch_shape as [null, number, number, number];
  return { name, path, shape, bytes: weightBytes(model), parameters };
}

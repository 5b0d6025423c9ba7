import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LayersModel as TfModel } from '@tensorflow/tfjs';
import { random } from 'onward/common';
import { tf } from './networks.js';

/** Where `npm run models` put models that others published; undefined where nobody asked for them. */
const folder = await promisify(execFile)('node', ['scripts/models.mjs', '--path']).then(
  ({ stdout }) => stdout.trim(),
  () => undefined,
);

/** Whether their tests are left out here: never where they are required, so that there they fail. */
export const skipsPublished = !folder && process.env.ONWARD_PEERS !== 'required';
if (skipsPublished) console.log('skipped, the published models are not there: run `npm run models`');

export function published(...parts: string[]): string {
  if (!folder) throw new Error('ONWARD_PEERS=required, and the published models are not there: run `npm run models`');
  return join(folder, ...parts);
}

/** A model.json and its weights, one shard after another. */
export interface Files {
  readonly json: ModelJson;
  readonly weights: Uint8Array;
}

interface ModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: { paths: string[]; weights: import('@tensorflow/tfjs').io.WeightsManifestEntry[] }[];
}

/** As `@upscalerjs` packages have them: a `model.json` with binary shards. */
export async function filesIn(...parts: string[]): Promise<Files> {
  const json: ModelJson = JSON.parse(await readFile(published(...parts, 'model.json'), 'utf8'));
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  const shards = await Promise.all(paths.map((path) => readFile(published(...parts, path))));
  return { json, weights: Buffer.concat(shards) };
}

/** As `nsfwjs` has them: JavaScript files, the shards as base64. */
export function filesInScripts(...parts: string[]): Files {
  const load = createRequire(import.meta.url);
  const json: ModelJson = load(published(...parts, 'model.min.js'));
  const paths = json.weightsManifest.flatMap((group) => group.paths);
  const shards = paths.map((path) => Buffer.from(load(published(...parts, `${path}.min.js`)), 'base64'));
  return { json, weights: Buffer.concat(shards) };
}

export function loadLayers({ json, weights }: Files): Promise<TfModel> {
  const weightSpecs = json.weightsManifest.flatMap((group) => group.weights);
  const weightData = new Uint8Array(weights).buffer;
  return tf.loadLayersModel({ load: async () => ({ modelTopology: json.modelTopology, weightSpecs, weightData }) });
}

/**
 * Something like a photograph, between 0 and 1, `[height, width, channels]`: a sky that gets darker, some discs of one colour
 * each with soft edges, and grain.
 */
export function picture(seed: number, [height, width, channels]: readonly [number, number, number]): Float32Array {
  const stream = random('picture', seed);
  const colour = () => Array.from({ length: channels }, () => stream.next());
  const [above, below] = [colour(), colour()];
  const discs = Array.from({ length: 6 }, () => ({
    y: stream.between(0, height),
    x: stream.between(0, width),
    radius: stream.between(0.05, 0.3) * Math.min(height, width),
    colour: colour(),
  }));
  const values = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        let value = above[c]! + ((below[c]! - above[c]!) * y) / height;
        for (const disc of discs) {
          const inside = Math.min(Math.max(disc.radius - Math.hypot(y - disc.y, x - disc.x) + 0.5, 0), 1);
          value += (disc.colour[c]! - value) * inside;
        }
        const grainy = value + stream.between(-0.02, 0.02);
        values[(y * width + x) * channels + c] = Math.min(Math.max(grainy, 0), 1);
      }
    }
  }
  return values;
}

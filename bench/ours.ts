import { readFile } from 'node:fs/promises';
import { exportClassifier, exportModel, exportRun, type LayersModel, type ModelJson } from '../export/index.node.js';
import { random } from '../runtime/common/index.js';
import { encodeGolden, type GoldenText, type InputSpec, type RunInfo } from '../runtime/model/index.js';
import { readNetwork } from './networks.js';

const producerVersion = 'bench';
// Every network that becomes a classifier here has ten classes.
const labels = Array.from({ length: 10 }, (_, i) => String(i));
const background: [number, number, number] = [0, 0, 0];
const preprocessing = [{ kind: 'scale' as const, scale: 1 / 127.5, offset: -1 }];

/** The image that a model takes. */
function inputOf({ layers }: LayersModel) {
  const input = layers.find(({ className }) => className === 'InputLayer')!;
  const [, height, width, channels] = input.config.batch_shape as [null, number, number, 1 | 3];
  return { height, width, channels, fit: 'contain' as const, background };
}

/** 16 samples, as a training leaves them. */
function goldenFor(input: InputSpec): GoldenText {
  const numbers = random('bench golden');
  const count = 16;
  const images = Uint8Array.from({ length: count * input.height * input.width * input.channels }, () =>
    numbers.below(256),
  );
  const probabilities = Float32Array.from({ length: count * labels.length }, () => numbers.next());
  return encodeGolden({ kind: 'noise', count, images, probabilities }, input);
}

function runInfo(input: RunInfo['input']): RunInfo {
  return {
    ...{ format: 1, recipe: 'bench', seed: 1, backend: 'tfjs-native', device: 'CPU', batchSize: 64 },
    ...{ epochs: 1, epochsDone: 1, bestEpoch: 1, interrupted: false, seconds: 1 },
    ...{ labels, input, preprocessing, augmentation: [], metrics: {}, versions: { onward: producerVersion } },
    dataset: { name: 'none', digest: '', train: 0, val: 0, test: 0 },
    split: { seed: 1, val: 0.1, test: 0.2 },
    parameters: { total: 1, trainable: 1 },
  };
}

/** What peers/worker.py writes beside a `.keras` file. */
async function readModelJsonFiles(path: string): Promise<ModelJson> {
  const json: unknown = JSON.parse(await readFile(`${path}.json`, 'utf8'));
  return { json, weights: await readFile(`${path}.bin`) };
}

/** Our ways from a model in memory to the bytes of a file: what to read of a network's files first, and the work. */
export const ours = {
  /** The model as it is, float32 in and out. */
  exportModel: async (path: string) => {
    const model = await readNetwork(path);
    return () => exportModel(model, { producerVersion });
  },
  /** A file that carries everything: preprocessing, golden samples, digests. */
  exportClassifier: async (path: string) => {
    const model = await readNetwork(path);
    const input = inputOf(model);
    const options = { labels, input, provenance: { preprocessing }, golden: goldenFor(input), producerVersion };
    return () => exportClassifier(model, options);
  },
  /** The same out of a run folder's files: topology and weights are parsed too. */
  exportRun: async (path: string) => {
    const input = inputOf(await readNetwork(path));
    const golden = goldenFor(input);
    const files = {
      run: runInfo(input),
      golden: { real: golden, noise: golden },
      model: await readModelJsonFiles(path),
    };
    return () => exportRun(files);
  },
} as const satisfies Record<string, (path: string) => Promise<() => Uint8Array>>;

export type ExportName = keyof typeof ours;

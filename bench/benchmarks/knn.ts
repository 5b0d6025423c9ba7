import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { random } from '../../runtime/common/index.js';
import type { Bench, Benchmark } from '../benchmark.js';
import { timesAsFast } from '../statistics.js';

/** Street-digit classifiers' training and test sets, as vectors of VGG16's base. */
const size = { images: 73_257, queries: 26_032, width: 512, classes: 10, k: 15 } as const;
const memoryWanted = 1.5e9;
const block = 128;

/** Vectors in clusters, half of whose numbers a relu has made zero. */
function vectors(name: string, count: number): { vectors: Float32Array; labels: Uint8Array } {
  const { width, classes } = size;
  const clusters = classes * 20;
  const centres = random('knn centres');
  const middle = Float32Array.from({ length: clusters * width }, () => centres.between(-1.7, 1.7));
  const stream = random('knn', name);
  const labels = new Uint8Array(count);
  const values = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const cluster = stream.below(clusters);
    labels[i] = cluster % classes;
    for (let j = 0; j < width; j++) {
      values[i * width + j] = Math.max(0, middle[cluster * width + j]! + stream.between(-2, 2));
    }
  }
  return { vectors: values, labels };
}

interface Answer {
  readonly milliseconds: number;
  readonly once?: number;
  readonly memory: number;
}

/** Our neighbours in a process of its own, as scikit-learn has one. */
async function ours(file: string): Promise<Answer> {
  const child = fileURLToPath(new URL('../children/knn.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, file]);
  return JSON.parse(stdout) as Answer;
}

async function run(bench: Bench): Promise<void> {
  const at = (name: string) => join(bench.folder, name);
  const index = vectors('index', size.images);
  const queries = vectors('queries', size.queries);
  await writeFile(at('index'), index.vectors);
  await writeFile(at('queries'), queries.vectors);
  await writeFile(at('labels'), index.labels);
  const { width, classes, k } = size;
  const task = { index: at('index'), queries: at('queries'), labels: at('labels'), width, classes, k, block };
  await writeFile(at('knn.json'), JSON.stringify({ ...task, out: at('ours') }));
  const said: { ours: Answer[]; theirs: Answer[] } = { ours: [], theirs: [] };
  const { contestants } = await bench.contest(
    `${size.queries} queries, ${size.images} vectors of ${size.width}, k=${size.k}`,
    {
      images: size.queries,
      contestants: [
        {
          name: 'onward',
          timesItself: true,
          run: async () => {
            said.ours.push(await ours(at('knn.json')));
            return said.ours.at(-1)!.milliseconds;
          },
        },
        {
          name: 'scikit-learn, n_jobs=-1',
          timesItself: true,
          run: async () => {
            const python = await bench.freshPython();
            try {
              said.theirs.push(await python.ask<Answer>('knn', { ...task, out: at('theirs') }));
            } finally {
              python.close();
            }
            return said.theirs.at(-1)!.milliseconds;
          },
        },
      ],
    },
  );
  const [mine, other] = contestants as [(typeof contestants)[0], (typeof contestants)[0]];
  const ratio = timesAsFast(mine.rounds, other.rounds);
  const [a, b] = await Promise.all([readFile(at('ours')), readFile(at('theirs'))]);
  const different = a.reduce((sum, label, i) => sum + Number(label !== b[i]), 0);
  const most = Math.max(...said.ours.map(({ memory }) => memory));
  bench.table({
    title: 'Besides time',
    columns: ['who', 'ready after ms', 'most memory, MB', 'other labels'],
    rows: [
      ['onward', said.ours.at(-1)!.once!.toFixed(0), (most / 1e6).toFixed(0), String(different)],
      ['scikit-learn', '–', (Math.max(...said.theirs.map(({ memory }) => memory)) / 1e6).toFixed(0), '0'],
    ],
  });
  bench.target({
    what: 'knn, median against scikit-learn',
    wanted: 'at least 1x',
    got: `${ratio.medians.toFixed(2)}x`,
    verdict: ratio.lower >= 1 ? 'met' : ratio.upper < 1 ? 'missed' : 'unclear',
  });
  bench.target({
    what: 'knn, memory',
    wanted: 'under 1.5 GB',
    got: `${(most / 1e9).toFixed(2)} GB`,
    verdict: most < memoryWanted ? 'met' : 'missed',
  });
  bench.note(
    'Both search in float32 vectors that lie in files; what each reads and makes ready first is not in its time.',
  );
}

/** Nearest neighbours, exact: what they take, beside scikit-learn. */
export const knnBenchmark: Benchmark = {
  name: 'knn',
  description: 'k-nearest neighbours as an ONNX graph: a full-size street-digit index and all test queries',
  needs: ['python'],
  run,
};

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { importPeer } from '../../machine/index.js';
import { random } from '../../runtime/common/index.js';
import { decodeModel } from '../../runtime/model/index.js';
import type { Bench, Benchmark } from '../benchmark.js';
import { makeNetwork, type Network, type NetworkName } from '../networks.js';
import { ours } from '../ours.js';
import { ratioText, timesAsFast, verdictOf } from '../statistics.js';

const names: readonly NetworkName[] = ['simplenet', 'simplenet-negative', 'small-cnn', 'mobilenet-v2'];
const exporters = ['onward', 'keras', 'tf2onnx'] as const;
type Exporter = (typeof exporters)[number];

/** How many times as fast as the others' files ours is to be, where there is something to win. */
const wanted = 1.1;
const mustWin: readonly NetworkName[] = ['simplenet', 'simplenet-negative'];

const batches = [1, 64] as const;

async function fileOf(bench: Bench, exporter: Exporter, { name, path }: Network): Promise<Uint8Array> {
  if (exporter === 'onward') return (await ours.exportModel(path))();
  const file = join(bench.folder, `${name}.${exporter}.onnx`);
  await (await bench.python()).ask('export', { exporter, model: path, path: file });
  return await readFile(file);
}

/** `Conv 13, Relu 13`: the most frequent first. */
function operators(bytes: Uint8Array): { count: number; text: string } {
  const nodes = decodeModel(bytes).graph!.node;
  const counts = new Map<string, number>();
  for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return { count: nodes.length, text: sorted.map(([op, n]) => `${op} ${n}`).join(', ') };
}

interface Loaded {
  readonly exporter: Exporter;
  readonly bytes: Uint8Array;
  readonly session: InferenceSession;
  run(images: Tensor): Promise<Float32Array>;
}

async function load(bench: Bench, exporter: Exporter, network: Network): Promise<Loaded> {
  const { InferenceSession } = await importPeer('onnxruntime-node');
  const bytes = await fileOf(bench, exporter, network);
  const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'], logSeverityLevel: 3 });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  const run = async (images: Tensor) => (await session.run({ [input]: images }))[output]!.data as Float32Array;
  return { exporter, bytes, session, run };
}

const furthest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

async function compare(bench: Bench, network: Network): Promise<string[][]> {
  const { Tensor } = await importPeer('onnxruntime-node');
  const { name, shape } = network;
  const loaded: Loaded[] = [];
  for (const exporter of exporters) loaded.push(await load(bench, exporter, network));
  const numbers = random('bench images');
  const images = (count: number) => {
    const length = count * shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length }, () => numbers.between(-1, 1));
    return new Tensor('float32', data, [count, ...shape]);
  };
  for (const size of batches) {
    const batch = images(size);
    const { contestants } = await bench.contest(`${name}, batch ${size}`, {
      contestants: loaded.map(({ exporter, run }) => ({ name: exporter, run: () => run(batch) })),
      // A few milliseconds alone are too short to measure.
      sampleMs: 60,
      images: size,
      atLeast: 15,
    });
    const [own, ...others] = contestants;
    for (const other of mustWin.includes(name) ? others : []) {
      const ratio = timesAsFast(own!.rounds, other.rounds);
      bench.target({
        what: `${name}, batch ${size}: times as fast as ${other.name}'s file`,
        wanted: `at least ${wanted}`,
        got: ratioText(ratio),
        verdict: verdictOf(ratio, wanted),
      });
    }
  }
  const few = images(4);
  const expected = await loaded[1]!.run(few);
  const rows = [];
  for (const { exporter, bytes, run } of loaded) {
    const { count, text } = operators(bytes);
    const difference = furthest(await run(few), expected).toExponential(1);
    rows.push([name, exporter, (bytes.length / 1e6).toFixed(1), difference, String(count), text]);
  }
  for (const { session } of loaded) await session.release();
  return rows;
}

/** How fast ONNX Runtime runs what each exporter wrote of the same network. */
export const ortBenchmark: Benchmark = {
  name: 'ort',
  description: 'the files of onward, Keras and tf2onnx of the same networks on ONNX Runtime’s CPU provider',
  needs: ['python'],
  async run(bench) {
    const rows: string[][] = [];
    for (const name of names) rows.push(...(await compare(bench, await makeNetwork(bench, name))));
    bench.table({
      title: 'What is in the files',
      columns: ['network', 'exporter', 'MB', 'max |Δ| to keras', 'nodes', 'operators'],
      rows,
    });
    bench.note(
      'All files take float32 [N, height, width, channels] and run in this process with ONNX Runtime’s defaults.',
    );
  },
};

import { join } from 'node:path';
import type { Bench, Benchmark, Samples } from '../benchmark.js';
import { canMeasureMemory, exportMemory, tellingMemory } from '../memory.js';
import { makeNetwork, type Network } from '../networks.js';
import { type ExportName, ours } from '../ours.js';
import { spread } from '../statistics.js';

const exportNames = Object.keys(ours) as ExportName[];
const others = ['keras', 'tf2onnx'] as const;

/** Seconds from memory to bytes, and the most of its own weights that a network's export may take besides. */
const wanted = { simplenet: 0.4, vgg16: 1 } as const;
const wantedMemory = 3;

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;

async function times(bench: Bench, { name, path }: Network): Promise<readonly Samples[]> {
  const python = await bench.python();
  const own = await Promise.all(
    exportNames.map(async (each) => ({ name: each, run: await ours[each](path), ours: true })),
  );
  const { contestants } = await bench.contest(`${name}, from memory to a file's bytes`, {
    contestants: [
      ...own,
      ...others.map((exporter) => ({
        name: exporter,
        run: () => python.ask('export', { exporter, model: path, path: join(bench.folder, `${exporter}.onnx`) }),
        timesItself: true,
      })),
    ],
  });
  return contestants;
}

/** @returns one row a way to export */
async function memory(bench: Bench, { name, path, bytes }: Network): Promise<string[][]> {
  const rows: string[][] = [];
  const add = (exporter: string, peak: number) => {
    rows.push([name, exporter, (bytes / 1e6).toFixed(1), (peak / 1e6).toFixed(1), (peak / bytes).toFixed(2)]);
  };
  for (const each of exportNames) {
    const peak = await exportMemory(path, each);
    add(each, peak);
    bench.target({
      what: `${name}, ${each}: extra memory at its peak`,
      wanted: `at most ${wantedMemory} times the weights`,
      got: (peak / bytes).toFixed(2),
      verdict: peak <= wantedMemory * bytes ? 'met' : 'missed',
    });
  }
  for (const exporter of others) {
    const python = await bench.freshPython(tellingMemory);
    try {
      add(exporter, await python.ask('memory', { exporter, model: path, path: join(bench.folder, 'memory.onnx') }));
    } finally {
      python.close();
    }
  }
  return rows;
}

/** How long it takes to write a Keras model's ONNX file, and how much memory. */
export const exportBenchmark: Benchmark = {
  name: 'export',
  description: 'a model in memory to the bytes of an ONNX file, against Keras’ exporter and tf2onnx',
  needs: ['python'],
  async run(bench) {
    const rows: string[][] = [];
    for (const name of ['simplenet', 'vgg16'] as const) {
      const network = await makeNetwork(bench, name);
      const samples = await times(bench, network);
      for (const each of exportNames) {
        const { first, rounds } = samples.find((sample) => sample.name === each)!;
        const { median } = spread(rounds);
        bench.target({
          what: `${name}, ${each}`,
          wanted: `under ${wanted[name]} s, cold too`,
          got: `${seconds(median)}, cold ${seconds(first)}`,
          verdict: Math.max(median, first) < wanted[name] * 1000 ? 'met' : 'missed',
        });
      }
      if (canMeasureMemory) rows.push(...(await memory(bench, network)));
    }
    if (canMeasureMemory) {
      bench.table({
        title: 'Extra memory at the peak of one export in a process of its own',
        columns: ['network', 'exporter', 'weights MB', 'extra MB', 'times the weights'],
        rows,
      });
    } else bench.note('Memory is measured on Linux only.');
    bench.note(
      'Keras and tf2onnx run in one Python process, time themselves (no start, no import) and write to a file.',
    );
  },
};

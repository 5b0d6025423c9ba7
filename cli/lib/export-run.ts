import { join, resolve } from 'node:path';
import { exportRun, readRun } from '../../export/index.node.js';
import { version, writeWhole } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { loadModel } from '../../runtime/model/index.js';
import { checkSamples, summaryOf } from './classifier-file.js';
import { type ExportFlags, requireFree, targetOf } from './export-flags.js';

/** Flags that are for models as they are, and why a run does not take them. */
const notForRuns = (folder: string): readonly (readonly [keyof ExportFlags, flag: string, why: string])[] => {
  const images = `its file takes images of one size as decoders give them, [N, height, width, channels]; export ${join(folder, 'model')} for a file with other inputs`;
  const known = 'it knows them itself; leave it out';
  return [
    ['inputShape', '--input-shape', images],
    ['inputLayout', '--input-layout', images],
    ['outputLayout', '--output-layout', images],
    ['handlers', '--handlers', 'every layer of its has a handler; leave it out'],
    ['labels', '--labels', known],
    ['preprocess', '--preprocess', known],
    ['fit', '--fit', known],
  ];
};

/** @throws OnwardError kind `usage` for flags that are for models as they are, given with a run */
function requireNone(folder: string, flags: ExportFlags): void {
  const given = notForRuns(folder).find(([key]) => flags[key] !== undefined);
  if (given) throw new OnwardError('usage', `${given[1]}: ${folder} is a run, and ${given[2]}`);
}

/** Exports a run folder; `npm start` does the same. */
export async function runExport(folder: string, flags: ExportFlags) {
  requireNone(folder, flags);
  const out = flags.out ?? join(folder, 'model.onnx');
  const files = await readRun(folder);
  // A run's own model.onnx is written anew whenever one asks: it is made of the run and nothing else.
  if (resolve(out) !== resolve(folder, 'model.onnx')) await requireFree(out, flags.force);
  const before = performance.now();
  const bytes = exportRun(files, {
    producerVersion: version,
    ...targetOf(flags),
    ...(flags.golden && { golden: flags.golden }),
  });
  const seconds = (performance.now() - before) / 1000;
  const loaded = loadModel(bytes, { name: out });
  const check = flags.check ? await checkSamples(loaded) : null;
  await writeWhole(out, bytes);
  return { ...summaryOf(loaded, out, seconds), check };
}

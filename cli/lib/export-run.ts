import { join, resolve } from 'node:path';
import type { ExportCheck } from '../../evaluate/index.js';
import { exportRun, readRun } from '../../export/index.node.js';
import { version, writeWhole } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { engineByName, openSession } from '../../runtime/engines/index.node.js';
import { loadModel } from '../../runtime/model/index.js';
import { type ExportFlags, requireFree, targetOf } from './export-flags.js';

/** @throws OnwardError kind `usage` for flags that are for models as they are, given with a run */
function requireNone(folder: string, flags: ExportFlags): void {
  const [flag] = Object.entries({
    '--input-shape': flags.inputShape?.length,
    '--input-layout': flags.inputLayout,
    '--output-layout': flags.outputLayout,
  }).find(([, given]) => given) ?? [undefined];
  if (flag === undefined) return;
  throw new OnwardError(
    'usage',
    `${flag}: ${folder} is a run, and its file takes images of one size as decoders give them, [N, height, width, channels]; export ${join(folder, 'model')} for a file with other inputs`,
  );
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
  const check = flags.check ? await checkRun(loaded) : null;
  await writeWhole(out, bytes);
  const { digest, golden, labels, input } = loaded;
  return {
    model: out,
    bytes: bytes.length,
    seconds,
    digest,
    classes: labels.length,
    input: { width: input.width, height: input.height, channels: input.channels },
    golden: golden ? { kind: golden.kind, count: golden.count } : null,
    check,
  };
}

/** A file of a run in ort-cpu, on its golden samples. */
async function checkRun(model: ReturnType<typeof loadModel>): Promise<ExportCheck> {
  const none = { loaded: false, maxAbsDiff: null, maxRelDiff: null, reference: null };
  try {
    const session = await openSession(engineByName('ort-cpu'), model);
    await session.close();
    const test = session.selfTest;
    if (!test) return { ...none, loaded: true, reason: 'the file carries no golden samples to compare with' };
    const { maxAbsDiff } = test;
    return {
      loaded: true,
      maxAbsDiff,
      maxRelDiff: maxAbsDiff,
      reference: `${test.images} golden samples`,
      reason: null,
    };
  } catch (error) {
    if (error instanceof OnwardError && error.kind === 'missing') return { ...none, reason: error.message };
    throw error;
  }
}

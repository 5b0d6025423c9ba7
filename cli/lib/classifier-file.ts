import type { ExportCheck } from '../../evaluate/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { engineByName, openSession } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';

/** What is told of a classifier's file that was written. */
export function summaryOf({ bytes, digest, golden, labels, input }: LoadedModel, model: string, seconds: number) {
  return {
    model,
    bytes: bytes.length,
    seconds,
    digest,
    classes: labels.length,
    input: { width: input.width, height: input.height, channels: input.channels },
    golden: golden ? { kind: golden.kind, count: golden.count } : null,
  };
}

/** A classifier's file in ort-cpu, on its golden samples. */
export async function checkSamples(model: LoadedModel): Promise<ExportCheck> {
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

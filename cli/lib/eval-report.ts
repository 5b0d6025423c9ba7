import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  activationsSection,
  type Evaluation,
  mapSection,
  type ParityReport,
  verify,
  writeReport,
} from '../../evaluate/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { defaultEngine, engineByName } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { runSchema } from '../../runtime/model/index.js';
import { readHistory } from '../../train/index.js';
import { progress } from './progress.js';

/** How the training of a model went, where it lies in its run folder. */
async function trainingOf({ layersModel }: LoadedModel) {
  if (!layersModel) return undefined;
  const folder = dirname(layersModel);
  try {
    const history = await readHistory(folder);
    const run = runSchema.safeParse(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')));
    return run.success ? { history, bestEpoch: run.data.bestEpoch } : undefined;
  } catch {
    // The curves are left out where their numbers are not there.
    return undefined;
  }
}

/** What `onward verify --json` was told to leave beside the model, where it is about this very file. */
async function parityBeside(model: LoadedModel): Promise<ParityReport | undefined> {
  try {
    const found = JSON.parse(await readFile(join(dirname(model.name), 'parity.json'), 'utf8')) as ParityReport;
    return found.digest === (model.digest ?? null) && Array.isArray(found.engines) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the report with all that lies beside the model. @param verifies compare all engines on the golden samples first */
export async function writeEvalReport(
  folder: string,
  evaluation: Evaluation,
  verifies: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { model } = evaluation;
  if (verifies && !model.golden) {
    throw new OnwardError(
      'input',
      `${model.name} carries no golden samples, so there is nothing for --verify to compare; use onward verify --data`,
    );
  }
  const bar = progress('reporting');
  try {
    const parity = verifies
      ? await verify(model, { signal, onProgress: (engine, done, total) => bar.update(done, total, engine) })
      : await parityBeside(model);
    // TensorFlow.js runs the layers model: into the file another engine looks.
    const { name } = evaluation.engine;
    const engine = name.startsWith('tfjs-') ? defaultEngine() : engineByName(name);
    const map = {
      engine,
      signal,
      most: 1000,
      onProgress: (done: number, total: number) => bar.update(done, total, 'map'),
    };
    return await writeReport(folder, evaluation, {
      sections: [mapSection(map), activationsSection({ engine, signal })],
      ...{ training: await trainingOf(model), parity, signal },
      onProgress: (what, done, total) => bar.update(done, total, what),
    });
  } finally {
    bar.stop();
  }
}

import { join, resolve } from 'node:path';
import { parseSettings, recipeByName, requireBackendName, requireRunOrFree, train } from '../../train/index.js';
import { type DatasetFlags, fromAnywhere, openSplit } from './dataset-flags.js';
import { requireOutside } from './dataset-out.js';
import { fileName } from './file-name.js';
import { openBackend, type RecipeFlags, recipeOptions } from './recipe-flags.js';
import { trainReport } from './train-report.js';

export interface TrainFlags extends DatasetFlags, RecipeFlags {
  recipe: string;
  out?: string;
  resume?: string | true;
  force?: boolean;
  summary?: boolean;
  json?: boolean;
}

/** Trains as the flags say; `npm start` does the same. */
export async function runTraining(dataset: string, flags: TrainFlags, signal: AbortSignal) {
  const recipe = recipeByName(flags.recipe);
  requireBackendName(flags.backend);
  const settings = parseSettings(flags.set ?? []);
  const options = recipeOptions(flags);
  // Before anything that takes time.
  if (flags.out !== undefined) await requireRunOrFree(flags.out);
  const { source, parts, cut } = await openSplit(dataset, flags, signal);
  const backend = await openBackend(flags.backend);
  const { out, resume, force = false, json: _, summary: __, checkpointMinutes: ___, ...begun } = flags;
  const folder = out ?? join('runs', `${fileName(source.name)}-${recipe.name}`);
  await requireOutside(dataset, source.train, folder);
  const report = trainReport();
  try {
    return await train(parts, {
      ...{ recipe, backend, settings, signal, force },
      ...options,
      out: folder,
      numbered: out === undefined,
      resume: resume !== undefined,
      split: cut,
      origin: {
        ...begun,
        dataset: await fromAnywhere(dataset),
        // The one that was chosen, so that the training goes on with it.
        backend: backend.backend,
        ...(flags.from !== undefined && { from: resolve(flags.from) }),
        ...(flags.split !== undefined && { split: await fromAnywhere(flags.split) }),
      },
      onProgress: report.onProgress,
    });
  } finally {
    report.stop();
  }
}

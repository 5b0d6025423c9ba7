import { join, resolve } from 'node:path';
import { type ChosenBackend, parseSettings, requireBackendName, requireRunOrFree, train } from '../../train/index.js';
import { chooseRecipe } from './chosen-recipe.js';
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
export async function runTraining(dataset: string, given: TrainFlags, signal: AbortSignal) {
  requireBackendName(given.backend);
  const settings = parseSettings(given.set ?? []);
  const options = recipeOptions(given);
  // Before anything that takes time.
  if (given.out !== undefined) await requireRunOrFree(given.out);
  let opened: Promise<ChosenBackend> | undefined;
  const backendOnce = () => {
    opened ??= openBackend(given.backend);
    return opened;
  };
  const { recipe, images } = await chooseRecipe(given, { backend: backendOnce, signal });
  const flags = { ...images, ...given };
  const { source, parts, cut } = await openSplit(dataset, flags, signal);
  const backend = await backendOnce();
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
        ...(flags.backbone !== undefined && { backbone: await fromAnywhere(flags.backbone) }),
        ...(flags.weights !== undefined && { weights: await fromAnywhere(flags.weights) }),
        ...(flags.split !== undefined && { split: await fromAnywhere(flags.split) }),
      },
      onProgress: report.onProgress,
    });
  } finally {
    report.stop();
  }
}

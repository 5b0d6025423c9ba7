import type { Command } from 'commander';
import type { OpenedSource } from '../../data/index.js';
import { openSourceFor } from '../../evaluate/index.js';
import type { Engine } from '../../runtime/engines/index.node.js';
import { type LoadedModel, loadModelFile } from '../../runtime/model/index.node.js';
import { engineFlag } from './engine-list.js';
import { wholeNumber } from './numbers.js';
import { openDataset } from './open-dataset.js';

/** Flags of verbs that let a model make vectors of labelled images. */
export interface ModelAndDataFlags {
  data: string;
  split?: string;
  engine?: Engine;
  batch?: number;
  strict?: boolean;
  allowAltered?: boolean;
  allowDifferent?: boolean;
  json?: boolean;
}

/** Adds them, but for `--split`, whose parts differ. @param json what `--json` prints */
export const withModelAndData = (command: Command, json: string): Command =>
  command
    .requiredOption('--data <dataset>', 'labelled images: a folder, a name, files; see docs/data.md')
    .option('--engine <name>', 'what runs the model (default: ort-cpu)', engineFlag)
    .option('--batch <n>', 'images at once (default: 64)', wholeNumber())
    .option('--strict', 'an unreadable image is an error, not skipped')
    .option('--allow-altered', 'load a file that was altered after it was exported')
    .option('--allow-different', 'load a model that predicts differently here than where it was trained')
    .option('--json', `print ${json} as JSON`);

/** The model, with what was guessed of it on stderr, and what opens its images. */
export async function openModelAndData(
  path: string,
  { data, allowAltered = false, strict = false }: ModelAndDataFlags,
  signal: AbortSignal,
): Promise<{ model: LoadedModel; source: () => Promise<OpenedSource> }> {
  const model = await loadModelFile(path, { allowAltered });
  for (const guess of model.guesses) console.error(`note: ${guess}`);
  return {
    model,
    source: () => openSourceFor(model, (options) => openDataset(data, { ...options, signal, strict })),
  };
}

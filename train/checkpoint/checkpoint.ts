import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { OnwardError } from '../../runtime/common/index.js';
import type { NetworkState } from '../network.js';
import { readSafetensors, readSafetensorsMetadata, writeSafetensors } from './safetensors.js';

const rowSchema = z.object({
  epoch: z.int(),
  loss: z.number(),
  accuracy: z.number(),
  val_loss: z.number(),
  val_accuracy: z.number(),
  seconds: z.number(),
  learning_rate: z.number(),
});

const stateSchema = z.object({
  format: z.literal(1),
  /** Which training this is. */
  identity: z.record(z.string(), z.unknown()),
  /** How whoever began it can begin it again: the command line's flags. */
  origin: z.record(z.string(), z.unknown()),
  /** The epoch, from 1, that is the next to be finished, and its sums so far. */
  epoch: z.int().min(1),
  sums: z.object({ step: z.int(), images: z.int(), loss: z.number(), correct: z.int() }),
  /** Spent so far: in all, and in this epoch. */
  seconds: z.object({ all: z.number(), epoch: z.number() }),
  history: z.array(rowSchema),
  best: z.object({ epoch: z.int(), loss: z.number(), accuracy: z.number() }).nullable(),
  optimizerSteps: z.int(),
  /** Nothing is left to do, and no weights are kept: the best ones are in `model/`. */
  finished: z.boolean(),
});

/** Where a training is, but for what its network has learnt. */
export type Progress = Omit<z.infer<typeof stateSchema>, 'format' | 'optimizerSteps'>;

/** All that a training needs to go on as if it had never stopped. */
export interface Checkpoint extends Progress {
  readonly network: NetworkState;
}

/** One file, so that it is renamed into its place at once. */
export const checkpointPath = (run: string) => join(run, 'checkpoint', 'state.safetensors');

const numbered = (kind: string, values: readonly Float32Array[]) =>
  values.map((value, i) => [`${kind}/${i}`, value] as const);

/** Writes it whole or not at all. */
export async function writeCheckpoint(run: string, { network, ...progress }: Checkpoint): Promise<void> {
  const path = checkpointPath(run);
  await mkdir(dirname(path), { recursive: true });
  const state: z.infer<typeof stateSchema> = { format: 1, ...progress, optimizerSteps: network.optimizer.steps };
  await writeSafetensors(path, {
    metadata: { onward: JSON.stringify(state) },
    tensors: new Map([
      ...numbered('weights', network.weights),
      ...numbered('average', network.average),
      ...[...network.optimizer.slots].map(([name, values]) => [`optimizer/${name}`, values] as const),
    ]),
  });
}

function progressOf(metadata: { readonly [name: string]: string }): { progress: Progress; optimizerSteps: number } {
  const { format: _, optimizerSteps, ...progress } = stateSchema.parse(JSON.parse(metadata.onward ?? 'null'));
  return { progress, optimizerSteps };
}

/** @throws OnwardError kind `input` for a file that is damaged, or of another version; undefined where there is none */
async function reading<T>(run: string, read: (path: string) => Promise<T>): Promise<T | undefined> {
  const path = checkpointPath(run);
  try {
    return await read(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code !== undefined) throw error;
    const why = error instanceof z.ZodError ? 'it is of another version of onward' : message;
    throw new OnwardError(
      'input',
      `${path} is no checkpoint to go on from: ${why}; train anew, or take the run's best weights with --from ${run}`,
    );
  }
}

/**
 * Where a training is, without its weights.
 * @returns undefined where there is no checkpoint
 * @throws OnwardError kind `input` for one that is damaged, or of another version
 */
export const readProgress = (run: string): Promise<Progress | undefined> =>
  reading(run, async (path) => progressOf(await readSafetensorsMetadata(path)).progress);

/** As `readProgress`, with the weights. */
export const readCheckpoint = (run: string): Promise<Checkpoint | undefined> =>
  reading(run, async (path) => {
    const { metadata, tensors } = await readSafetensors(path);
    const { progress, optimizerSteps } = progressOf(metadata);
    const those = (kind: string) =>
      [...tensors]
        .filter(([name]) => name.startsWith(`${kind}/`))
        .map(([name, values]) => [name.slice(kind.length + 1), values] as const);
    const list = (kind: string) => {
      const found = new Map(those(kind));
      return Array.from({ length: found.size }, (_, i) => found.get(String(i))!);
    };
    return {
      ...progress,
      network: {
        weights: list('weights'),
        average: list('average'),
        optimizer: { steps: optimizerSteps, slots: new Map(those('optimizer')) },
      },
    };
  });

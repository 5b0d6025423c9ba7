import { z } from 'zod';
import { goldenSchema, inputSchema, labelsSchema, preprocessingSchema } from './metadata.js';
import { predictionCountsSchema } from './predictions.js';

/**
 * `run.json` of a run folder: every setting of a training and what came of it. Trainers write it, the exporter reads it.
 * Times are in seconds.
 */
export const runSchema = z.object({
  format: z.literal(1),
  recipe: z.string(),
  seed: z.int(),
  backend: z.string(),
  device: z.string(),
  epochs: z.int(),
  epochsDone: z.int(),
  /** The epoch (from 1) whose weights are in `model/`: the best by validation. */
  bestEpoch: z.int(),
  /** Also while it trains: a process that was killed could not say so. */
  interrupted: z.boolean(),
  /** Why it ended before its last epoch, where nobody interrupted it. */
  stopped: z.enum(['early', 'diverged']).optional(),
  /** Learning rate, weight decay and so on, as they were. */
  settings: z.record(z.string(), z.unknown()).optional(),
  /** The run whose weights it began with, and which layers began afresh. */
  from: z.object({ name: z.string(), fresh: z.array(z.string()) }).optional(),
  /** The trained network that it began with: up to which layer, and the file of its weights (none: from scratch). */
  backbone: z
    .object({
      name: z.string(),
      cut: z.string(),
      weights: z.object({ file: z.string(), sha256: z.string(), published: z.boolean() }).nullable(),
    })
    .optional(),
  /** Over recipe, settings, images and versions: 64 hex digits, the same for trainings that would give the same. */
  digest: z.string().optional(),
  batchSize: z.int(),
  labels: labelsSchema,
  input: inputSchema,
  preprocessing: preprocessingSchema,
  /** Name and settings of each. */
  augmentation: z.array(z.looseObject({ name: z.string() })),
  dataset: z.object({ name: z.string(), digest: z.string(), train: z.int(), val: z.int(), test: z.int() }),
  split: z.object({
    seed: z.int(),
    val: z.number(),
    test: z.number(),
    how: z.enum(['random', 'blocks']).exactOptional(),
  }),
  parameters: z.object({ total: z.int(), trainable: z.int() }),
  metrics: z.record(z.string(), z.number()),
  versions: z.record(z.string(), z.string()),
  seconds: z.number(),
});

export type RunInfo = z.infer<typeof runSchema>;

/** `model/golden.json` of a run folder: samples for the exported file, real ones and noise, with what the trainer computed. */
export const runGoldenSchema = z.object({
  real: goldenSchema,
  noise: goldenSchema,
  /** What the network said of the validation images. */
  predictions: predictionCountsSchema.exactOptional(),
});

export type RunGolden = z.infer<typeof runGoldenSchema>;

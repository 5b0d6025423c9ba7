import { z } from 'zod';
import type { InputSpec, Neighbours, Provenance } from './contract.js';
import type { GoldenText } from './golden.js';
import { issueOf } from './issue.js';
import { predictionCountsSchema } from './predictions.js';
import { stepSchema } from './preprocessing/index.js';

/** The keys of `metadata_props`; docs/model-file.md describes each. */
export const keys = {
  format: 'onward.format',
  labels: 'onward.labels',
  input: 'onward.input',
  provenance: 'onward.provenance',
  golden: 'onward.golden',
  neighbours: 'onward.neighbours',
  tensors: 'onward.tensors',
  digest: 'onward.digest',
} as const;

/** Readers refuse a file of a later format. */
export const formatVersion = 1;

/** An image has no more on a side and in all, whatever a file says: the limits of runtime/image for what it decodes. */
export const maxSide = 65_535;
export const maxPixels = 64_000_000;

const side = z.int().min(1).max(maxSide);
const level = z.int().min(0).max(255);

export const inputSchema = z
  .object({
    width: side,
    height: side,
    channels: z.literal([1, 3]),
    fit: z.enum(['contain', 'cover', 'stretch']),
    background: z.tuple([level, level, level]),
  })
  .refine(({ width, height }) => width * height <= maxPixels, `expected at most ${maxPixels} pixels`);

export const labelsSchema = z.array(z.string()).min(2);

/** `GoldenText`. */
export const goldenSchema = z.object({
  kind: z.enum(['real', 'noise']),
  count: z.int().positive(),
  images: z.string(),
  probabilities: z.string(),
});

/** `Neighbours`. */
export const neighboursSchema = z.object({
  k: z.int().positive(),
  metric: z.enum(['euclidean', 'cosine']),
  weights: z.enum(['uniform', 'distance']),
  images: z.int().positive(),
  width: z.int().positive(),
  layer: z.string(),
  scale: z.number().positive(),
});

/** The digest of each weight, by name. */
export const tensorsSchema = z.record(z.string(), z.string());

/** What happens to an image before the first layer. */
export const preprocessingSchema = z.array(stepSchema);

/** `Provenance`; what a later version adds is kept. */
const provenanceSchema = z.looseObject({
  recipe: z.string().exactOptional(),
  seed: z.number().exactOptional(),
  backend: z.string().exactOptional(),
  dataset: z.looseObject({ name: z.string(), digest: z.string(), images: z.number() }).exactOptional(),
  metrics: z.record(z.string(), z.number()).exactOptional(),
  predictions: predictionCountsSchema.exactOptional(),
  parameters: z.number().exactOptional(),
  preprocessing: preprocessingSchema.exactOptional(),
  augmentation: z.array(z.looseObject({ name: z.string() })).exactOptional(),
  split: z
    .looseObject({
      seed: z.number(),
      val: z.number(),
      test: z.number(),
      how: z.enum(['random', 'blocks']).exactOptional(),
    })
    .exactOptional(),
  versions: z.record(z.string(), z.string()).exactOptional(),
});

/** What the exporter puts beside the graph. */
export interface Metadata {
  readonly labels: readonly string[];
  readonly input: InputSpec;
  readonly provenance: Provenance;
  readonly golden: GoldenText | undefined;
  readonly neighbours?: Neighbours | undefined;
}

/** JSON with sorted keys: equal values give equal text. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

export function metadataEntries({ labels, input, provenance, golden, neighbours }: Metadata): [string, string][] {
  const entries: [string, string][] = [
    [keys.format, String(formatVersion)],
    [keys.labels, JSON.stringify(labels)],
    [keys.input, stableJson(input)],
    [keys.provenance, stableJson(provenance)],
  ];
  if (golden) entries.push([keys.golden, stableJson(golden)]);
  if (neighbours) entries.push([keys.neighbours, stableJson(neighbours)]);
  return entries;
}

/** @throws Error when a later version of onward wrote the file: nothing else in it is then sure to mean what we think */
export function requireKnownFormat(entries: ReadonlyMap<string, string>): void {
  const version = Number(entries.get(keys.format));
  if (version > formatVersion) {
    throw new Error(`it has format ${version} and this version of onward reads up to ${formatVersion}; update onward`);
  }
}

/** @throws Error that names the key whose value is missing or is not what the format says */
export function parseMetadata(entries: ReadonlyMap<string, string>): Metadata {
  const read = <T>(key: string, schema: z.ZodType<T>): T => {
    const text = entries.get(key);
    if (text === undefined) throw new Error(`its metadata lack ${key}; export it again`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new Error(`its ${key} is not JSON; export it again`, { cause });
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new Error(`its ${key} is wrong (${issueOf(parsed.error)}); export it again`);
  };
  read(keys.format, z.int().positive());
  return {
    labels: read(keys.labels, labelsSchema),
    input: read(keys.input, inputSchema),
    provenance: read(keys.provenance, provenanceSchema),
    golden: entries.has(keys.golden) ? read(keys.golden, goldenSchema) : undefined,
    neighbours: entries.has(keys.neighbours) ? read(keys.neighbours, neighboursSchema) : undefined,
  };
}

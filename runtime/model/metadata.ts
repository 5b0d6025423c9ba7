import { z } from 'zod';
import type { InputSpec, Provenance } from './contract.js';
import type { GoldenText } from './golden.js';

/** The keys of `metadata_props`; docs/model-file.md describes each. */
export const keys = {
  format: 'onward.format',
  labels: 'onward.labels',
  input: 'onward.input',
  provenance: 'onward.provenance',
  golden: 'onward.golden',
  tensors: 'onward.tensors',
  digest: 'onward.digest',
} as const;

/** Readers refuse a file of a later format. */
export const formatVersion = 1;

export const inputSchema = z.object({
  width: z.int().positive(),
  height: z.int().positive(),
  channels: z.union([z.literal(1), z.literal(3)]),
  fit: z.enum(['contain', 'cover', 'stretch']),
  background: z.tuple([z.int().min(0).max(255), z.int().min(0).max(255), z.int().min(0).max(255)]),
});

export const labelsSchema = z.array(z.string()).min(2);

export const goldenSchema = z.object({
  kind: z.enum(['real', 'noise']),
  count: z.int().positive(),
  images: z.string(),
  probabilities: z.string(),
});

const provenanceSchema = z.looseObject({});

/** What the exporter puts beside the graph. */
export interface Metadata {
  readonly labels: readonly string[];
  readonly input: InputSpec;
  readonly provenance: Provenance;
  readonly golden: GoldenText | undefined;
}

/** JSON with sorted keys: equal values give equal text. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

export function metadataEntries({ labels, input, provenance, golden }: Metadata): [string, string][] {
  const entries: [string, string][] = [
    [keys.format, String(formatVersion)],
    [keys.labels, JSON.stringify(labels)],
    [keys.input, stableJson(input)],
    [keys.provenance, stableJson(provenance)],
  ];
  if (golden) entries.push([keys.golden, stableJson(golden)]);
  return entries;
}

/** @throws Error that names the key whose value is missing or is not what the format says */
export function parseMetadata(entries: ReadonlyMap<string, string>): Metadata {
  const read = <T>(key: string, schema: z.ZodType<T>): T => {
    const text = entries.get(key);
    if (text === undefined) throw new Error(`its metadata lack ${key}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new Error(`its ${key} is not JSON`);
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new Error(`its ${key} is wrong: ${parsed.error.issues[0]?.message ?? 'unknown'}`);
    return parsed.data;
  };
  const version = read(keys.format, z.int().positive());
  if (version > formatVersion) {
    throw new Error(`it has format ${version} and this version of onward reads up to ${formatVersion}; update onward`);
  }
  return {
    labels: read(keys.labels, labelsSchema),
    input: read(keys.input, inputSchema),
    provenance: read(keys.provenance, provenanceSchema),
    golden: entries.has(keys.golden) ? read(keys.golden, goldenSchema) : undefined,
  };
}

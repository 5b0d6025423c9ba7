import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { z } from 'zod';
import { findPeer, inCache, version, writeWhole } from '../../machine/index.js';
import type { EngineName } from '../../runtime/engines/index.js';
import type { Measurement } from './useful.js';

const schema = z.object({
  workers: z.int().min(1),
  threads: z.int().min(1).nullable(),
  batch: z.int().min(1),
  rate: z.number(),
});

export interface TunedFor {
  /** Of the model: its digest, or of its bytes. */
  readonly sha256: string;
  readonly engine: EngineName;
  /** What was set by hand: another setting is another question. */
  readonly fixed: {
    readonly workers?: number | undefined;
    readonly threads?: number | undefined;
    readonly maxBatch?: number | undefined;
    readonly devices?: readonly number[] | undefined;
  };
}

/** The file in the user's cache that has what was measured for a model in an engine on this machine. */
export function tunedFile({ sha256, engine, fixed }: TunedFor): string {
  const parts = [
    ...[sha256, engine, version, findPeer('onnxruntime-node')?.version ?? '', availableParallelism(), cpus()[0]?.model],
    ...[fixed.workers, fixed.threads, fixed.maxBatch, fixed.devices].map(String),
  ];
  return inCache('serve', `${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 24)}.json`);
}

/** Undefined where nobody measured yet, or the file is not one of this version. */
export async function readTuned(file: string): Promise<Measurement | undefined> {
  try {
    const { threads, ...rest } = schema.parse(JSON.parse(await readFile(file, 'utf8')));
    return { ...rest, threads: threads ?? undefined };
  } catch {
    return undefined;
  }
}

/** @throws where the cache cannot be written */
export async function writeTuned(file: string, { workers, threads, batch, rate }: Measurement): Promise<void> {
  await writeWhole(file, `${JSON.stringify({ workers, threads: threads ?? null, batch, rate: Math.round(rate) })}\n`);
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { version, writeWhole } from '../machine/index.js';
import { sha256Hex, utf8 } from '../runtime/common/index.js';
import { stableJson } from '../runtime/model/index.js';

/** `steps/<name>.json`: what a step gave, and what it depended on. */
export interface StepRecord<R = unknown> {
  readonly step: string;
  /** sha256 over everything that decided the result: 64 hex digits. */
  readonly digest: string;
  /** sha256 of every file that belongs to it, by its path below the study's folder. */
  readonly files: { readonly [path: string]: string };
  /** Of work; what was interrupted and went on counts from there. */
  readonly seconds: number;
  /** The version of onward that did it. */
  readonly onward: string;
  readonly result: R;
  /** sha256 over digest, files and result: what a step that needs this one depends on. */
  readonly sum: string;
}

export const digestOf = (value: unknown): string => sha256Hex(utf8(stableJson(value)));

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const pathOf = (out: string, step: string) => join(out, 'steps', `${step}.json`);
const sumOf = ({ digest, files, result }: Pick<StepRecord, 'digest' | 'files' | 'result'>) =>
  digestOf({ digest, files, result });

/** Writes what a step gave, whole or not at all. @param files below `out` */
export async function writeRecord(
  out: string,
  { step, digest, seconds, result }: Pick<StepRecord, 'step' | 'digest' | 'seconds' | 'result'>,
  files: readonly string[],
): Promise<StepRecord> {
  const sums: { [path: string]: string } = {};
  for (const file of files) sums[file.split('\\').join('/')] = await sha256OfFile(join(out, file));
  // As it will be read.
  const plain: unknown = JSON.parse(JSON.stringify(result));
  const record = { step, digest, files: sums, seconds, onward: version, result: plain };
  const whole: StepRecord = { ...record, sum: sumOf(record) };
  await writeWhole(pathOf(out, step), `${JSON.stringify(whole)}\n`);
  return whole;
}

/** What a step gave with the same images and settings; undefined where it was never done, or a file of its is gone or changed. */
export async function readRecord(out: string, step: string, digest: string): Promise<StepRecord | undefined> {
  let record: StepRecord;
  try {
    record = JSON.parse(await readFile(pathOf(out, step), 'utf8')) as StepRecord;
    if (record.digest !== digest || record.sum !== sumOf(record)) return undefined;
  } catch {
    return undefined;
  }
  for (const [file, sum] of Object.entries(record.files)) {
    if ((await sha256OfFile(join(out, file)).catch(() => undefined)) !== sum) return undefined;
  }
  return record;
}

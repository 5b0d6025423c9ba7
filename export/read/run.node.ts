import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { z } from 'zod';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { runGoldenSchema, runSchema } from '../../runtime/model/index.js';
import type { RunFiles } from '../run.js';
import type { ModelJson } from './model-json.js';

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await parseJson(path));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new OnwardError(
    'input',
    `${path} is not what onward train writes: ${issue?.path.join('.')}: ${issue?.message}; train again`,
  );
}

async function parseJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new OnwardError(
      'input',
      `expected a run folder, but ${path} cannot be read (${messageOf(cause)}); make one with onward train`,
      { cause },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OnwardError('input', `${path} is not JSON (${messageOf(cause)}); it may be truncated, train again`, {
      cause,
    });
  }
}

/** A layers model's files, its shards one after another in the manifest's order. */
export async function readModelFiles(path: string): Promise<ModelJson> {
  const json = await parseJson(path);
  const manifest = (json as { weightsManifest?: { paths?: string[] }[] } | null)?.weightsManifest ?? [];
  const shards: Uint8Array[] = [];
  for (const shard of manifest.flatMap((group) => group.paths ?? [])) {
    // A manifest names files beside it; anything else is not ours to read.
    const file = join(dirname(path), basename(shard));
    shards.push(
      await readFile(file).catch((cause) => {
        throw new OnwardError(
          'input',
          `${path} names the weights ${shard}, which cannot be read (${messageOf(cause)})`,
          { cause },
        );
      }),
    );
  }
  return { json, weights: Buffer.concat(shards) };
}

/** Reads what the exporter needs of a run folder. */
export async function readRun(folder: string): Promise<RunFiles> {
  const exists = await stat(folder).catch(() => undefined);
  if (!exists?.isDirectory()) {
    throw new OnwardError(
      'input',
      `${folder} is not a run folder: expected a folder that onward train wrote, got ${exists ? 'a file' : 'nothing'}`,
    );
  }
  const [run, golden, model] = await Promise.all([
    readJson(join(folder, 'run.json'), runSchema),
    readJson(join(folder, 'golden.json'), runGoldenSchema),
    readModelFiles(join(folder, 'model', 'model.json')),
  ]);
  return { run, golden, model };
}

import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { z } from 'zod';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { issueOf, runGoldenSchema, runSchema } from '../../runtime/model/index.js';
import type { RunFiles } from '../run.js';
import { type ModelJson, shardsOf } from './model-json.js';

/** A JSON file of the run. @throws OnwardError kind `input` that names the file and what is wrong in it */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await parseJson(path));
  if (parsed.success) return parsed.data;
  throw new OnwardError('input', `${path} is not what onward train writes (${issueOf(parsed.error)}); train again`);
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
    throw new OnwardError(
      'input',
      `${path} is not JSON (${messageOf(cause)}); it may be truncated, copy or save it again`,
      {
        cause,
      },
    );
  }
}

/**
 * A layers model's files, its shards one after another in the manifest's order.
 * @param path of its `model.json`; the shards lie beside it
 * @throws OnwardError kind `input` when one of them cannot be read or `model.json` is of another format
 */
export async function readModelFiles(path: string): Promise<ModelJson> {
  const json = await parseJson(path);
  const shards: Uint8Array[] = [];
  for (const shard of shardsOf(json)) {
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

/**
 * Reads what the exporter needs of a run folder.
 * @throws OnwardError kind `input` when it is none, or a file of it is missing or damaged
 */
export async function readRun(folder: string): Promise<RunFiles> {
  const exists = await stat(folder).catch(() => undefined);
  if (!exists?.isDirectory()) {
    throw new OnwardError(
      'input',
      `${folder} is not a run folder: expected a folder that onward train wrote, got ${exists ? 'a file' : 'nothing'}`,
    );
  }
  // One after another, so that of several that are missing it is always the same that is named.
  return {
    run: await readJson(join(folder, 'run.json'), runSchema),
    golden: await readJson(join(folder, 'model', 'golden.json'), runGoldenSchema),
    model: await readModelFiles(join(folder, 'model', 'model.json')),
  };
}

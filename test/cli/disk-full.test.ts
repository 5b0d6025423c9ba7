import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStripes } from './images.js';
import { lastLine, onward } from './onward.js';

const run = promisify(execFile);

/** A real small disk, where this account may mount one. */
let root: string;
let disk: string;
let why = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-full-'));
  disk = join(root, 'disk');
  await run('mkdir', [disk]);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).catch((error) => {
    why = `no small disk can be mounted here: ${error.message.split('\n')[0]}`;
  });
  const photos = await writeStripes(join(root, 'photos'), 60);
  expect(await onward(['train', photos, '--epochs', '1', '--out', join(root, 'run')])).toMatchObject({ code: 0 });
  expect(await onward(['export', join(root, 'run')])).toMatchObject({ code: 0 });
}, 120_000);
afterAll(async () => {
  if (!why) await run('umount', [disk]);
  await rm(root, { recursive: true, force: true });
});

describe('a full disk', () => {
  it('ends training in one sentence, with nothing half-written', async ({ skip }) => {
    if (why) skip(why);
    const result = await onward(['train', join(root, 'photos'), '--epochs', '2', '--out', join(disk, 'run')]);
    expect(result.code).toBe(1);
    expect(lastLine(result)).toMatch(/^onward: .*disk.*: the disk is full \(ENOSPC\)/);
    const left = await readdir(disk, { recursive: true });
    expect(left.filter((file) => /partial|\.old/.test(file))).toEqual([]);
    await run('rm', ['-rf', join(disk, 'run')]);
  }, 60_000);

  it('leaves no model and no site behind', async ({ skip }) => {
    if (why) skip(why);
    for (const args of [
      ['export', join(root, 'run'), '-o', join(disk, 'model.onnx')],
      ['web', join(root, 'run', 'model.onnx'), '-o', join(disk, 'site')],
    ]) {
      const result = await onward(args);
      expect(result.code).toBe(1);
      expect(lastLine(result)).toMatch(/ENOSPC/);
      expect(result.stderr).not.toMatch(/\n\s+at /);
      expect(await readdir(disk)).toEqual([]);
    }
  }, 60_000);
});

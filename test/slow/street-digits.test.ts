import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { probeTensorFlow } from 'onward/machine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const onward = (...args: string[]) => run(process.execPath, [bin, ...args], { maxBuffer: 1e8 });
const real = fileURLToPath(new URL('../../../shared/data/svhn-gray', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-street-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!existsSync(real))('drawn street digits (where ../shared/data/svhn-gray is)', () => {
  it('teach a small network 85 % of 16,108 real ones, none of which it saw', async ({ skip }) => {
    const probe = await probeTensorFlow('native');
    if (!probe.available) skip(probe.reason);
    // One folder with the drawn ones to train on and the real ones as its test part.
    await onward('data', 'street-digits:40000', '--channels', '1', '--out', join(folder, 'mix', 'train'));
    await onward('data', real, '--out', join(folder, 'mix', 'test'));
    const flags = ['--recipe', 'small-cnn', '--epochs', '4', '--val', '0.03', '--backend', 'native', '--json'];
    const { stdout } = await onward('train', join(folder, 'mix'), ...flags, '--out', join(folder, 'run'));
    const info = JSON.parse(stdout);
    console.log(`${info.metrics.test_accuracy} after ${info.seconds.toFixed(0)} s`);
    expect(info.dataset).toMatchObject({ test: 16_108 });
    expect(info.metrics.test_accuracy).toBeGreaterThanOrEqual(0.85);
  });
});

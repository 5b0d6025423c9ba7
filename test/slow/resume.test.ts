import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { random } from 'onward/common';
import { probeTensorFlow } from 'onward/machine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStripes } from '../cli/images.js';

const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
let root: string;
let photos: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-kill-'));
  photos = await writeStripes(join(root, 'photos'), 600);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** One thread: sums in the same order each time. */
const oneThread = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1' };

function onward(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [bin, 'train', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const ended = new Promise<number | null>((done) => child.on('close', done));
  /** When the first step is near: reading, starting TensorFlow and building took their time. */
  const begun = new Promise<void>((done) => {
    child.stderr.on('data', () => said.includes('Layer (type)') && done());
    child.on('close', () => done());
  });
  return { child, ended, begun, said: () => said };
}

const bytesOf = (name: string, file: string) => readFile(join(root, name, file));
const float32 = (bytes: Buffer) => new Float32Array(Uint8Array.from(bytes).buffer);

describe.each([
  ['native', 'one thread', oneThread],
  ['native', 'all threads', {}],
  ['wasm', 'one thread', {}],
] as const)('on the %s backend with %s', (backend, threads, env) => {
  it('a training that is killed at ten random moments ends with the weights of one that was not', async ({ skip }) => {
    const probe = await probeTensorFlow(backend);
    if (!probe.available) skip(probe.reason);
    const name = `${backend}-${threads.replace(' ', '-')}`;
    const args = [
      ...[photos, '--backend', backend, '--epochs', '30', '--batch-size', '16'],
      ...['--set', 'weightAverage=0.9', '--set', 'mixup=0.2', '--checkpoint-minutes', '0.005'],
    ];
    const whole = onward([...args, '--out', join(root, `${name}-whole`)], env);
    await whole.begun;
    const since = performance.now();
    expect(await whole.ended, whole.said()).toBe(0);
    const milliseconds = performance.now() - since;

    const stream = random('kill', name);
    const out = join(root, name);
    let [kills, went] = [0, 0];
    for (; kills < 10; kills++) {
      const { child, ended, begun, said } = onward([...args, '--resume', '--out', out], env);
      // One in five while it starts; the others a tenth of the work later on average, so that there is work for all.
      if (kills % 5 === 2) await setTimeout(1500 * stream.next());
      else await begun.then(() => Promise.race([setTimeout(0.2 * milliseconds * stream.next()), ended]));
      child.kill('SIGKILL');
      if ((await ended) === 0) break;
      if (said().includes('going on with')) went++;
      expect(said()).not.toContain('onward: ');
    }
    const last = onward([...args, '--resume', '--out', out], env);
    expect(await last.ended, last.said()).toBe(0);
    console.log(
      `${name}: ${(milliseconds / 1000).toFixed(1)} s uninterrupted; killed ${kills} times, went on ${went} times`,
    );
    expect(went).toBeGreaterThan(2);

    const [a, b] = [
      float32(await bytesOf(name, 'model/weights.bin')),
      float32(await bytesOf(`${name}-whole`, 'model/weights.bin')),
    ];
    const difference = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
    console.log(`${name}: largest difference of a weight ${difference}`);
    expect(a).toHaveLength(b.length);
    if (threads === 'one thread') {
      expect(difference).toBe(0);
      expect(await bytesOf(name, 'model/golden.json')).toEqual(await bytesOf(`${name}-whole`, 'model/golden.json'));
    } else {
      expect(difference).toBeLessThanOrEqual(1e-4);
    }
    const lines = async (run: string) => (await bytesOf(run, 'history.csv')).toString().split('\n').length;
    expect(await lines(name)).toBe(await lines(`${name}-whole`));
  });
});

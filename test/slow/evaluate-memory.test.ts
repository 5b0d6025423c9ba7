import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { random } from 'onward/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileOf, graphOf, labels, side, weightsOf } from '../runtime/engines/models.js';

const count = 600_000;
let folder: string;

/** 600,000 gray images of 28x28 and their labels, in MNIST's format: what is in them does not matter. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-many-'));
  const header = (...words: number[]) => {
    const bytes = Buffer.alloc(words.length * 4);
    for (const [i, word] of words.entries()) bytes.writeUInt32BE(word, i * 4);
    return bytes;
  };
  const stream = random('many');
  const images = createWriteStream(join(folder, 'images-idx3-ubyte'));
  images.write(header(0x803, count, 28, 28));
  const block = Buffer.from(Uint8Array.from({ length: 1000 * 784 }, () => stream.below(256)));
  for (let i = 0; i < count / 1000; i++) {
    const own = Buffer.from(block);
    // Each image differs from all others.
    for (let n = 0; n < 1000; n++) own.writeUInt32BE(i * 1000 + n, n * 784);
    if (!images.write(own)) await new Promise<void>((resolve) => images.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve) => images.end(resolve));
  const classes = Buffer.from(Uint8Array.from({ length: count }, (_, i) => i % labels.length));
  await writeFile(join(folder, 'labels-idx1-ubyte'), Buffer.concat([header(0x801, count), classes]));
  await writeFile(join(folder, 'model.onnx'), fileOf(graphOf(weightsOf(1)), undefined));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('600,000 images are evaluated in less than a gigabyte', async () => {
  // The command itself says at its end what it took.
  const said = join(folder, 'peak');
  const script = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(said)}, String(process.resourceUsage().maxRSS)))`;
  await writeFile(join(folder, 'watch.cjs'), script);
  const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
  const args = ['--require', join(folder, 'watch.cjs'), bin, 'eval', join(folder, 'model.onnx'), '--data', folder];
  const child = spawn(process.execPath, [...args, '--split', 'all', '--labels', '0,1,2,3', '--json'], {
    env: { ...process.env, ONWARD_CACHE: join(folder, 'cache') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ dataset: { images: count, shape: [side, side, 3] } });
  expect(Number(await readFile(said, 'utf8')) * 1024).toBeLessThan(1e9);
}, 900_000);

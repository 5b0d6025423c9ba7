import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { encodePng } from 'onward/image';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStripes } from '../cli/images.js';
import { onward } from '../cli/onward.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a user of the published package has: the tarball, npm as it comes, an empty folder. */
let folder: string;
let home: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-pack-'));
  home = join(folder, 'home');
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, maxBuffer: 1e8 });
  const tarball = JSON.parse(stdout)[0].filename;
  await run('mkdir', [home]);
  await writeFile(join(home, 'package.json'), '{"name":"user","private":true,"type":"module"}');
  await run('npm', ['install', join(folder, tarball)], { cwd: home, maxBuffer: 1e8 });

  const photos = await writeStripes(join(folder, 'photos'), 90);
  expect(
    await onward(['train', photos, '--epochs', '3', '--batch-size', '8', '--out', join(folder, 'run')]),
  ).toMatchObject({ code: 0 });
  expect(await onward(['export', join(folder, 'run'), '-o', join(home, 'model.onnx')])).toMatchObject({ code: 0 });
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the packed package, installed', () => {
  it('brings neither TensorFlow.js nor ONNX Runtime', async () => {
    const installed = await readdir(join(home, 'node_modules'));
    expect(installed).toContain('onward');
    expect(installed).not.toContain('onnxruntime-node');
    expect(installed).not.toContain('@tensorflow');
  });

  it('holds what was built, the page among it, and no sources or tests', async () => {
    const files = (await readdir(join(home, 'node_modules/onward'), { recursive: true })).map((file) =>
      file.replaceAll('\\', '/'),
    );
    expect(files).toEqual(
      expect.arrayContaining([
        'bin/onward.mjs',
        'dist/cli/bin.js',
        'dist/page/index.html',
        'dist/train/index.d.ts',
        'LICENSE',
        'README.md',
      ]),
    );
    expect(files.filter((file) => /^(test|scripts|cli|config)\//.test(file) || /(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  it('classifies an image after `onward setup runtime`', async () => {
    const npx = (...args: string[]) => run('npx', ['onward', ...args], { cwd: home, maxBuffer: 1e8 });
    await npx('setup', 'runtime');
    const photo = await readFile(join(folder, 'photos', 'left', '0.png'));
    await writeFile(join(home, 'photo.png'), photo);
    const { stdout } = await npx('predict', 'model.onnx', 'photo.png', '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ file: 'photo.png', label: 'left' }]);
  }, 180_000);

  it('is a typed library', async () => {
    const pixels = encodePng({ width: 12, height: 12, data: new Uint8Array(144).fill(90) });
    await writeFile(join(home, 'gray.png'), pixels);
    await writeFile(
      join(home, 'use.mts'),
      `import { train, recipes, type Run } from 'onward/train';
       import { loadModelFile } from 'onward/model';
       import { engineByName, openSession, type Session } from 'onward/engines';
       import { decode, fit } from 'onward/image';
       import { type Client, createClient } from 'onward/client';
       import { type Classifier, classifier } from 'onward/serve';
       import { readFile } from 'node:fs/promises';
       export const client: Client = createClient({ url: 'http://127.0.0.1:8080' });
       export const app: (path: string) => Promise<Classifier> = classifier;
       export const trainer: (...args: Parameters<typeof train>) => Promise<Run> = train;
       const model = await loadModelFile('model.onnx');
       const session: Session = await openSession(engineByName('ort-cpu'), model);
       const image = fit(await decode(await readFile('gray.png')), model.input);
       const rows: Float32Array = await session.predict(image, 1);
       await session.close();
       console.log(JSON.stringify({ recipe: recipes[0]!.name, sum: rows.reduce((a, b) => a + b, 0) }));`,
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const types = [
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--skipLibCheck',
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules/@types'),
    ];
    await run(process.execPath, [tsc, 'use.mts', ...types], { cwd: home }).catch((error) => {
      throw new Error(error.stdout);
    });
    const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: home });
    const answer = JSON.parse(stdout);
    expect(answer.recipe).toBe('small-cnn');
    expect(answer.sum).toBeCloseTo(1, 5);
  }, 120_000);
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSite } from 'onward/serve';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-test-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('writeSite', () => {
  test('writes the page, the model and a service worker that knows its digest', async () => {
    const model = modelOf();
    const out = join(root, 'new', 'site');
    const { files, bytes } = await writeSite(model, out);
    const names = (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(names).toHaveLength(files);
    expect(bytes).toBeGreaterThan(1e6);
    expect(new Uint8Array(await readFile(join(out, 'model.onnx')))).toEqual(model.bytes);
    expect(await readFile(join(out, 'sw.js'), 'utf8')).toContain(model.digest);
    expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('name="onward-server" content="no"');
    expect(names.map((entry) => entry.name)).not.toContain('engine.html');
    expect(names.filter((entry) => entry.name.endsWith('.wasm'))).toHaveLength(1);
  });

  test('replaces a site, and leaves nothing beside it', async () => {
    const out = join(root, 'twice', 'site');
    await writeSite(modelOf(1), out);
    await writeSite(modelOf(2), out);
    expect(await readFile(join(out, 'sw.js'), 'utf8')).toContain(modelOf(2).digest);
    expect(await readdir(join(root, 'twice'))).toEqual(['site']);
  });

  test('takes an empty folder', async () => {
    const out = join(root, 'empty');
    await mkdir(out);
    await writeSite(modelOf(), out);
    expect(await readdir(out)).toContain('index.html');
  });

  test('does not touch a folder with other things in it', async () => {
    const out = join(root, 'mine');
    await mkdir(out);
    await writeFile(join(out, 'thesis.txt'), 'years');
    await expect(writeSite(modelOf(), out)).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(/thesis\.txt/),
    });
    expect(await readdir(out)).toEqual(['thesis.txt']);
  });

  test('says what is wrong with a place where nothing can be written', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(writeSite(modelOf(), file)).rejects.toMatchObject({ kind: 'system' });
    await expect(writeSite(modelOf(), join(file, 'below'))).rejects.toMatchObject({ kind: 'system' });
  });
});

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportModel, readModelFile } from 'onward/export';
import { describe, expect, it } from 'vitest';
import { applicationDifferences } from './keras/applications.js';
import { inPython, skipsPython } from './python.js';

const files = 'test/export/keras/files';

describe.skipIf(skipsPython)('Keras, beside us', () => {
  it('files made of what Keras wrote are valid ONNX of the shapes that they say', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-keras-files-'));
    let written = 0;
    for (const name of (await readdir(files)).filter((each) => /\.keras$|keras2\.h5$/.test(each))) {
      if (name.startsWith('custom')) continue;
      const { model } = await readModelFile(join(files, name));
      for (const opset of [13, 17, 18, 22]) {
        await writeFile(join(folder, `${name}-${opset}.onnx`), exportModel(model, { producerVersion: '0', opset }));
        written += 1;
      }
    }
    const stdout = await inPython('test/export/check.py', folder);
    await rm(folder, { recursive: true });
    expect(JSON.parse(stdout)).toEqual({ count: written });
  });

  // One of each kind of block; test/slow has them all.
  it('small networks of keras.applications predict what they predict there', { timeout: 240_000 }, async () => {
    const names = ['EfficientNetB0', 'MobileNet', 'MobileNetV2', 'MobileNetV3Small'];
    const found = await applicationDifferences(names);
    console.log(`keras.applications: max |Δ| ${JSON.stringify(found)}`);
    for (const name of names) expect(found[name]).toBeLessThan(1e-5);
  });
});

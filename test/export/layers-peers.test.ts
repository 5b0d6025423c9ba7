import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { exportModel, type TargetOptions } from 'onward/export';
import { afterAll, describe, expect, it } from 'vitest';
import { cases } from './cases/index.js';
import { draws, modelsOf } from './cases/models.js';
import { layersOf } from './networks.js';
import { inPython, skipsPython } from './python.js';

const folder = await mkdtemp(join(tmpdir(), 'onward-layers-'));
afterAll(() => rm(folder, { recursive: true }));

/** A file of each class for each of these. */
const targets: readonly TargetOptions[] = [
  {},
  { opset: 13 },
  { opset: 22, dtype: 'float16' },
  { opset: 18, batch: 2, optimize: 'none' },
];

describe.skipIf(skipsPython)('the files of every layer class', () => {
  it('are valid ONNX of the shapes that they say, to Python', { timeout: 120_000 }, async () => {
    let written = 0;
    for (const [name, each] of cases) {
      for (const [i, drawn] of fc.sample(draws(each), { numRuns: 4, seed: 1 }).entries()) {
        const { model } = modelsOf(each, drawn);
        const bytes = exportModel(await layersOf(model), { producerVersion: '0', ...targets[i]! });
        await writeFile(join(folder, `${name}-${i}.onnx`), bytes);
        model.dispose();
        written += 1;
      }
    }
    const stdout = await inPython('test/export/check.py', folder);
    expect(JSON.parse(stdout)).toEqual({ count: written });
  });
});

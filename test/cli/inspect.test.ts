import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { OnwardError } from 'onward/common';
import { exportModel, readModelFile } from 'onward/export';
import { encodeModel, inspectModel } from 'onward/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onward } from './onward.js';

let root: string;
const at = (name: string) => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-inspect-'));
  const { model } = await readModelFile('test/export/keras/files/functional.keras');
  await writeFile(at('model.onnx'), exportModel(model, { producerVersion: '0' }));
});
afterAll(() => rm(root, { recursive: true }));

it('says what is in a file, for people and as JSON', async () => {
  const { code, stdout } = await onward(['inspect', at('model.onnx'), '--layers']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/opset {3}17 \(IR 8\)/);
  expect(stdout).toMatch(/input {3}left float32 \[N, 6, 6, 2\]/);
  expect(stdout).toMatch(/shared.* +Conv +\[1, 2, 6, 6\]/);
  const json = await onward(['inspect', at('model.onnx'), '--json']);
  const report = JSON.parse(json.stdout);
  expect(report).toMatchObject({
    opsets: { 'ai.onnx': 17 },
    operators: { Conv: 2 },
    // Two calls of a 3x3 convolution from 2 to 2 channels of 6x6, and 3 scores of 2 means.
    multiplyAdds: 2 * 36 * 2 * 2 * 9 + 2 * 3,
    unknownNodes: 0,
    parameters: 2 * 2 * 9 + 2 + 2 * 3 + 3,
    digest: null,
    labels: null,
  });
  expect(report).not.toHaveProperty('nodes');
});

it('takes any ONNX file: what it does not know it says', () => {
  const graph = {
    name: 'other',
    opset: 13,
    inputs: [{ name: 'x', type: 'float32' as const, dims: ['N', 'any', 3] }],
    outputs: [{ name: 'y', type: 'float32' as const, dims: ['N', 'any'] }],
    nodes: [
      { name: 'a', op: 'Einsum', inputs: ['x'], outputs: ['z'], attributes: {} },
      { name: 'b', op: 'Nonsense', inputs: ['z'], outputs: ['y'], attributes: {} },
    ],
    initializers: new Map(),
  };
  const report = inspectModel(encodeModel(graph, [['author', 'somebody']], '1'), { name: 'other.onnx' });
  expect(report).toMatchObject({ unknownNodes: 1, multiplyAdds: 0, metadata: { author: 'somebody' }, parameters: 0 });
  expect(report.nodes.map(({ output }) => output)).toEqual([null, null]);
});

it('reads whatever is damaged, or refuses it in a sentence', async () => {
  const bytes = new Uint8Array(await readFile(at('model.onnx')));
  const change = fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 10 }), fc.integer({ min: 0, max: bytes.length }), (changes, length) => {
      const damaged = bytes.slice();
      for (const [place, value] of changes) damaged[place] = value;
      try {
        inspectModel(damaged.subarray(0, length), { name: 'damaged.onnx' });
      } catch (error) {
        expect(error).toBeInstanceOf(OnwardError);
        expect((error as OnwardError).message).toMatch(/^damaged\.onnx: expected an ONNX file/);
      }
    }),
    { numRuns: 300 },
  );
});

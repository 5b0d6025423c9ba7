import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Field, inference } from '#onward/serve/grpc/descriptor.js';
import { inPython, skipsPython } from '../export/python.js';
import { labels, modelOf, reference, weightsOf } from '../runtime/engines/models.js';
import { everyType, types } from './models.js';

const asked = async (port: number | undefined) =>
  JSON.parse(await inPython('test/serve/client_grpc.py', `127.0.0.1:${port}`));

/** Numbers that protocol buffers have for types of fields. */
const fieldTypes: { readonly [type: string]: number } = {
  ...{ double: 1, float: 2, int64: 3, uint64: 4, int32: 5, bool: 8, string: 9, bytes: 12, uint32: 13 },
};

/** The reference client of the protocol, as it is. */
describe.skipIf(skipsPython)('tritonclient over gRPC', () => {
  test('reads what an image classifier is, and gets from it what the model computes', async () => {
    const server = await serve({ model: modelOf(), port: 0, grpcPort: 0, workers: 1, name: 'animals' });
    onTestFinished(() => server.close());
    const said = await asked(server.grpcPort);
    expect(said.health).toEqual([true, true]);
    expect(said.server).toMatchObject({ name: 'onward', extensions: expect.arrayContaining(['binary_tensor_data']) });
    expect(said.index).toEqual([{ name: 'animals', version: '1', state: 'READY' }]);
    expect(said.ready).toEqual([true, true, false]);
    expect(said.metadata).toEqual({
      name: 'animals',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'image', datatype: 'UINT8', shape: ['-1', '8', '8', '3'] }],
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: ['-1', '4'] },
        { name: 'embedding', datatype: 'FP32', shape: ['-1', '6'] },
      ],
    });
    expect(said.unknown).toEqual(['StatusCode.NOT_FOUND', expect.stringMatching(/"other".*animals/)]);
    for (const control of said.control) {
      expect(control).toEqual(['StatusCode.PERMISSION_DENIED', expect.stringMatching(/--model-control/)]);
    }
    expect(said.config[0]).toBe('StatusCode.UNIMPLEMENTED');

    const expected = reference(weightsOf(1), Uint8Array.from(said.pixels), 2);
    expect(said.inferred).toHaveLength(6);
    for (const { values, shapes, id, model } of said.inferred) {
      expect({ id, model, shapes }).toEqual({
        id: 'r1',
        model: ['animals', '1'],
        shapes: [
          [2, 4],
          [2, 6],
        ],
      });
      for (const [i, p] of expected.entries()) expect(values[0][i]).toBeCloseTo(p, 5);
    }
    expect(said.typed.got).toEqual(said.inferred[0].got);
    const best = [0, 1].flatMap((row) =>
      labels
        .map((label, index) => ({ label, index, p: expected[row * 4 + index]! }))
        .sort((a, b) => b.p - a.p)
        .slice(0, 2)
        .map(({ label, index }) => `${index}:${label}`),
    );
    const [shape, texts] = said.classified;
    expect(shape).toEqual([2, 2]);
    expect(texts.map((text: string) => text.replace(/^[^:]+:/, ''))).toEqual(best);
    expect(said.wrong).toEqual(['StatusCode.INVALID_ARGUMENT', expect.stringMatching(/shape \[-1,8,8,3\].*\[2,99\]/)]);

    for (const [name, { fields }] of Object.entries(inference)) {
      const theirs = said.messages[name];
      for (const [field, { id, type, rule, keyType }] of Object.entries<Field>(fields)) {
        const [number, kind, repeated, message] = theirs[field];
        expect([name, field, number, repeated]).toEqual([name, field, id, Boolean(rule ?? keyType)]);
        if (!keyType) expect([name, field, kind]).toEqual([name, field, fieldTypes[type] ?? 11]);
        if (kind === 11 && !keyType) expect([name, field, message]).toEqual([name, field, type]);
      }
    }
  });

  test('sends and gets every type to the bit, raw and typed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const typed = (Object.keys(types) as (keyof typeof types)[]).filter((name) => name !== 'FP16');
    await writeFile(join(folder, 'all.onnx'), everyType().bytes!);
    await writeFile(join(folder, 'typed.onnx'), everyType(typed).bytes!);
    const server = await serve({ model: folder, port: 0, grpcPort: 0, workers: 1 });
    onTestFinished(() => server.close());
    const said = await asked(server.grpcPort);
    expect(said.metadata.inputs).toHaveLength(13);
    expect(said.inferred).toHaveLength(6);
    for (const { given, got } of said.inferred) expect(got).toEqual(given);
    expect(said.typed.given).toHaveLength(12);
    expect(said.typed.got).toEqual(said.typed.given);
  });
});

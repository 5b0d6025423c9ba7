import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { OnwardError } from 'onward/common';
import { exportModel, readModelFile } from 'onward/export';
import { encodeModel, inspectModel, type ModelReport, sealModel } from 'onward/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inPython, skipsPython } from '../export/python.js';
import { graph, metadata } from '../runtime/model/small.js';
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
  expect(stdout).toMatch(/^ {2}opset +17 \(IR 8\)$/m);
  expect(stdout).toMatch(/^ {2}input +left float32 \[N, 6, 6, 2\]$/m);
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

describe('a file of our own', () => {
  const bytes = sealModel(graph, metadata, '0.1.0');
  const lineOf = async (path: string) => (await onward(['inspect', path])).stdout.match(/^ {2}digest.*$/m)?.[0];

  it('is intact, and says what it carries', async () => {
    await writeFile(at('own.onnx'), bytes);
    const { stdout } = await onward(['inspect', at('own.onnx')]);
    expect(stdout).toMatch(/^ {2}digest +intact, sha256 [0-9a-f]{64}$/m);
    expect(stdout).toMatch(/^ {2}images +3x2, RGB, fitted with contain on \[0, 0, 0\]$/m);
    expect(stdout).toMatch(/^ {2}labels +3: ant, bee, çat$/m);
    expect(stdout).toMatch(/^ {2}golden +16 samples \(real\)$/m);
  });

  it('with one byte changed is said to be altered, and where', async () => {
    const places = new Map([
      [Buffer.from(bytes).indexOf(graph.initializers.get('kernel')!.bytes) + 5, 'the weights "kernel"'],
      [Buffer.from(bytes).indexOf('çat'), 'its graph or its metadata (the weights are as they were)'],
    ]);
    for (const [place, what] of places) {
      const altered = bytes.slice();
      altered[place]! ^= 1;
      await writeFile(at('altered.onnx'), altered);
      expect(await lineOf(at('altered.onnx'))).toBe(`  digest   ALTERED since it was exported: ${what}`);
    }
  });

  it('is never said to be intact when any byte is another, or the rest is gone', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (place, change) => {
        const altered = bytes.slice(0, change === 0 ? place : bytes.length);
        altered[place]! ^= change;
        let report: ModelReport | undefined;
        try {
          report = inspectModel(altered, { name: 'altered.onnx' });
        } catch (error) {
          expect(error).toBeInstanceOf(OnwardError);
        }
        expect(report?.digest?.state).not.toBe('intact');
      }),
      { numRuns: 300 },
    );
  });
});

describe.skipIf(skipsPython)('files that others made', { timeout: 120_000 }, () => {
  /** What Python's onnx says of each. */
  let told: { [name: string]: Pick<ModelReport, 'opsets' | 'operators' | 'constantBytes'> };
  beforeAll(async () => {
    told = JSON.parse(await inPython('test/cli/inspect-files.py', root));
  });
  const json = async (name: string) => inspectModel(await readFile(at(`${name}.onnx`)), { name });
  const printed = async (name: string) => (await onward(['inspect', at(`${name}.onnx`), '--layers'])).stdout;

  it('are read as Python reads them', async () => {
    expect(Object.keys(told)).toHaveLength(12);
    for (const [name, { opsets, operators }] of Object.entries(told)) {
      const report = await json(name);
      expect([name, report.opsets, report.operators]).toEqual([name, opsets, operators]);
      expect(report.digest).toBeNull();
    }
  });

  // The same network in float32, float16, opset 22, with its weights elsewhere, and quantised in three ways.
  it.each(['plain', 'half', 'opset22', 'external', 'dynamic', 'qdq', 'qoperator'])(
    '%s: as many multiply-adds as the network has',
    async (name) => {
      const { multiplyAdds, unknownNodes, parameters } = await json(name);
      expect([multiplyAdds, unknownNodes]).toEqual([8 * 8 * 4 * 3 * 9 + 256 * 5, 0]);
      // The quantised ones have scales and zero points besides.
      expect(parameters).toBeGreaterThanOrEqual(4 * 3 * 9 + 256 * 5);
      expect(parameters).toBeLessThan(4 * 3 * 9 + 4 + 256 * 5 + 20);
    },
  );

  it('VGG16 has the published numbers, without its weights', async () => {
    const { multiplyAdds, parameters, externalFiles } = await json('vgg16');
    // https://keras.io/api/applications/ says 138.4M; 15.47 GMACs is what every counter of such says.
    expect([parameters, multiplyAdds]).toEqual([138_357_544, 15_470_264_320]);
    expect(externalFiles).toEqual([{ location: 'vgg16.data', bytes: 4 * parameters, end: 4 * 102_760_448 }]);
    expect(await printed('vgg16')).toContain(
      '138,357,544 (138 M) parameters, 0 B here, 553.4 MB in vgg16.data, which is not there',
    );
  });

  it('weights in another file are there, or too short', async () => {
    expect(await printed('external')).toMatch(/1,392 parameters, 16 B here, 5\.6 kB in external\.data$/m);
    await writeFile(at('external.data'), 'x');
    expect(await printed('external')).toMatch(/5\.6 kB in external\.data, which is too short$/m);
  });

  it('branches count as their larger side, loops as often as they run, functions as what is in them', async () => {
    expect(await json('subgraphs')).toMatchObject({ multiplyAdds: 4 * 3 + 3 * 4 * 4, unknownNodes: 0, parameters: 36 });
    expect(await printed('subgraphs')).toContain('2 and 4 in their branches and loops: MatMul 3');
    const { multiplyAdds, functions, nodes } = await json('functions');
    expect([multiplyAdds, functions]).toEqual([4 * 6 + 6 * 2, { 'mine.Dense': { MatMul: 1, Relu: 1 } }]);
    expect(nodes.map(({ output }) => output)).toEqual([
      [1, 6],
      [1, 2],
    ]);
  });

  it('what is no tensor and no number has its name; what is not known is said', async () => {
    const trees = await printed('trees');
    expect(trees).toMatch(/^ {2}output +label string \[N\]$/m);
    expect(trees).toMatch(/^ {2}work +not known without running it \(ai\.onnx\.ml\.TreeEnsembleClassifier: 1 node\)$/m);
    const odd = await printed('oddities');
    expect(odd).toMatch(/^ {2}input +x float32 of unknown shape$/m);
    expect(odd).toMatch(/^ {2}output +s sequence of float32 of unknown shape$/m);
    expect(odd).toMatch(/^ {2}opset +22, com\.example 7 /m);
    // Four nibbles, two bfloat16, two of a sparse constant.
    expect((await json('oddities')).parameters).toBe(8);
    // A line break in a file's metadata is none on the terminal.
    expect(await printed('plain')).toMatch(/^ {2}metadata +author: somebody else$/m);
  });

  it("MobileNetV2 as Keras has it: TensorFlow's own count", async () => {
    const found = JSON.parse((await inPython('test/cli/inspect-keras.py', 'MobileNetV2', root)).split('\n').at(-2)!);
    const { model } = await readModelFile(at('MobileNetV2.keras'));
    const report = inspectModel(exportModel(model, { producerVersion: '0' }), { name: 'MobileNetV2' });
    expect(report.unknownNodes).toBe(0);
    expect(report.multiplyAdds).toBe(found.multiplyAdds);
    expect(found.multiplyAdds).toBe(300_774_272);
  });
});

describe('what is no ONNX file is refused in one sentence', () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ['empty.onnx', '', /empty\.onnx: expected an ONNX file, .*it is empty/],
    ['text.onnx', 'hello, this is no model', /text\.onnx: expected an ONNX file, but it cannot be read as one/],
    ['page.onnx', '<!DOCTYPE html><p>Not found', /got a web page; the download went wrong/],
    ['pointer.onnx', 'version https://git-lfs.github.com/spec/v1\n', /got a pointer of Git LFS; fetch the file itself/],
    ['model.json', '{"format": "layers-model"}', /got JSON; onward export makes ONNX of a model\.json/],
    // A field that says it has 1 GB, and a tensor of 2^62 x 2^62 numbers in a graph.
    ['claims.onnx', Uint8Array.of(0x3a, 0x80, 0x94, 0xeb, 0xdc, 0x03, 1, 2), /cannot be read as one/],
  ])('%s', async (name, content, expected) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const inspect = () => inspectModel(bytes, { name });
    expect(inspect).toThrow(expected);
    expect(inspect).toThrow(expect.objectContaining({ name: 'OnwardError', kind: 'input' }));
  });

  it('others: a folder, nothing, a Keras file, half a model, one over 2 GiB', async () => {
    const bytes = await readFile(at('model.onnx'));
    await writeFile(at('half-of-it.onnx'), bytes.subarray(0, bytes.length / 2));
    const large = await open(at('large.onnx'), 'w');
    await large.truncate(3e9);
    await large.close();
    const cases: [string, RegExp][] = [
      [root, /expected an ONNX file, got a folder; name the file in it/],
      [at('nothing.onnx'), /nothing\.onnx: there is no such file; expected an ONNX file/],
      ['test/export/keras/files/nested.h5', /got an HDF5 file; onward export makes ONNX of a Keras \.h5/],
      ['test/export/keras/files/nested.keras', /got a zip; onward export makes ONNX of a \.keras/],
      [at('half-of-it.onnx'), /it may be truncated or damaged, copy or export it again/],
      [at('large.onnx'), /expected an ONNX file, which has less than 2 GiB, got one of 3\.0 GB/],
    ];
    const answers = await Promise.all(cases.map(([path]) => onward(['inspect', path])));
    for (const [i, [, expected]] of cases.entries()) {
      const { code, stdout, stderr } = answers[i]!;
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr.trim()).toMatch(expected);
      expect(stderr.trim()).not.toContain('\n');
    }
  });

  it('numbers without sense are reported, not computed with', () => {
    const huge = { name: 'huge', type: 'float32' as const, dims: [2 ** 52, 2 ** 52], bytes: new Uint8Array(4) };
    const initializers = new Map([['huge', huge]]);
    const strange = { ...graph, initializers };
    expect(inspectModel(encodeModel(strange, [], ''), { name: 'x' }).parameters).toBe(2 ** 104);
  });
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

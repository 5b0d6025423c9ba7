import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ModelProtoSchema } from 'onnx-buf';
import {
  decodeModel,
  encodeModel,
  floatInitializer,
  formatVersion,
  keys,
  loadModel,
  loadModelFile,
} from 'onward/model';
import { describe, expect, it } from 'vitest';
import { metadataEntries } from '#onward/runtime/model/metadata.js';
import { golden, graph, input, labels, metadata, node, refusalOf, sealed, tensor } from './small.js';

const bytes = sealed();
const load = (file: Uint8Array<ArrayBuffer>, allowAltered = false) =>
  loadModel(file, { name: 'small.onnx', allowAltered });

/** Where text or bytes stand in the file. */
const at = (wanted: string | Uint8Array) => {
  const index = Buffer.from(bytes).indexOf(wanted);
  expect(index).toBeGreaterThan(0);
  return index;
};
const flipped = (index: number, bit = 0) => bytes.with(index, bytes[index]! ^ (1 << bit));

/** The file with one metadata entry of another text, sealed as if it had been exported so. */
function withEntry(key: string, text: string | undefined): Uint8Array<ArrayBuffer> {
  const entries = new Map<string, string>([...metadataEntries(metadata), [keys.tensors, '{}']]);
  if (text === undefined) entries.delete(key);
  else entries.set(key, text);
  entries.set(keys.digest, '0'.repeat(64));
  const file = encodeModel(graph, entries, '0.1.0');
  const digest = createHash('sha256').update(file).digest('hex');
  file.set(Buffer.from(digest), Buffer.from(file).lastIndexOf('0'.repeat(64)));
  return file;
}

describe('a sealed file', () => {
  it('carries everything, and gives it back', () => {
    const model = load(bytes);
    expect(model).toMatchObject({
      input,
      labels,
      tensor: { name: 'image', type: 'uint8', layout: 'NHWC' },
      output: { name: 'probabilities', kind: 'probabilities' },
      provenance: metadata.provenance,
      guesses: [],
    });
    expect(model.golden).toEqual(golden);
    expect(model.bytes).toBe(bytes);
  });

  it('has the same bytes whenever it is written, whatever the order of keys', () => {
    const { width, height, channels, fit, background } = input;
    const again = sealed({
      provenance: { metrics: { val_accuracy: 0.5 }, seed: 1, recipe: 'small' },
      input: { background, fit, channels, height, width },
    });
    expect(Buffer.compare(again, bytes)).toBe(0);
  });

  it('has the digest that docs/model-file.md defines', () => {
    const { digest } = load(bytes);
    const blanked = Buffer.from(bytes);
    blanked.fill('0', blanked.lastIndexOf(digest!), blanked.lastIndexOf(digest!) + 64);
    expect(createHash('sha256').update(blanked).digest('hex')).toBe(digest);
  });

  it('is refused with any one bit changed', () => {
    const accepted: string[] = [];
    for (let index = 0; index < bytes.length; index++) {
      for (let bit = 0; bit < 8; bit++) {
        if (refusalOf(flipped(index, bit)) === undefined) accepted.push(`bit ${bit} of byte ${index}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('is refused when it ends at any byte before its end, or goes on after it', () => {
    for (let length = 0; length < bytes.length; length++) expect(refusalOf(bytes.slice(0, length))).toBeDefined();
    expect(refusalOf(Uint8Array.from([...bytes, 0]))).toBeDefined();
    // A field that no reader knows.
    expect(refusalOf(Uint8Array.from([...bytes, 0xf8, 0x07, 0x00]))).toContain('it was altered');
  });

  it('is refused when pieces of it were cut out, doubled or overwritten', () => {
    const piece = fc.tuple(fc.nat(bytes.length), fc.nat(40), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(piece, ([from, length, by]) => {
        const file = Uint8Array.from([...bytes.subarray(0, from), ...by, ...bytes.subarray(from + length)]);
        fc.pre(Buffer.compare(file, bytes) !== 0);
        expect(refusalOf(file)).toBeDefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('is read with whatever was changed, or refused in one sentence, when it is told to', () => {
    for (let index = 0; index < bytes.length; index++) refusalOf(flipped(index, index % 8), true);
  });
});

describe('an altered file', () => {
  it.each([
    ['kernel', () => flipped(at(new Uint8Array(graph.initializers.get('kernel')!.bytes)) + 7, 3)],
    ['bias', () => flipped(at(new Uint8Array(graph.initializers.get('bias')!.bytes)), 0)],
  ])('names the weight %s', (name, alter) => {
    expect(refusalOf(alter())).toBe(
      `small.onnx: it was altered after it was exported: the weights "${name}"; copy or export it again, or allow it with --allow-altered`,
    );
  });

  it('names a few weights where all are others, and the ones that are gone', () => {
    const others = Array.from({ length: 5 }, (_, i) => floatInitializer(`w${i}`, [1], Float32Array.of(i)));
    const entries = decodeModel(bytes).metadataProps.map(({ key, value }) => [key, value] as const);
    const write = (constants: typeof others) =>
      encodeModel({ ...graph, initializers: new Map(constants.map((c) => [c.name, c])) }, entries, '0.1.0');
    expect(refusalOf(write(others))).toContain('the weights "w0", "w1", "w2" and 2 more;');
    expect(refusalOf(write([graph.initializers.get('kernel')!]))).toContain('the weights "bias" are gone;');
  });

  it('says when it is not the weights', () => {
    expect(refusalOf(flipped(at('Softmax')))).toContain('its graph or its metadata (the weights are as they were)');
    expect(refusalOf(flipped(at('"ant"') + 1))).toContain('its graph or its metadata');
    expect(refusalOf(flipped(at('onward.tensors')))).toContain('its metadata onward.tensors');
  });

  it('is loaded when it is allowed, and says so', () => {
    const model = load(flipped(at('"ant"') + 1), true);
    expect(model.labels[0]).toBe('`nt');
    expect(model.digest).toBeUndefined();
    expect(model.guesses).toEqual([expect.stringContaining('it was altered after it was exported')]);
  });

  it('is refused without its metadata, and is anybody’s file when that is allowed', () => {
    const model = decodeModel(bytes);
    model.metadataProps = [];
    const bare = toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
    expect(refusalOf(bare)).toContain('its metadata are gone');
    expect(load(bare, true)).toMatchObject({ labels: ['0', '1', '2'], digest: undefined, golden: undefined });
    const renamed = decodeAndRename(bare);
    expect(load(renamed).guesses[0]).toContain('no onward metadata');
  });

  it('is anybody’s file when it never had any: a model that was exported as it is', () => {
    const plain = encodeModel(graph, [], '0.1.0');
    expect(load(plain)).toMatchObject({ labels: ['0', '1', '2'], digest: undefined, golden: undefined });
  });

  it.each(['', 'none', 'ONWARD', '0'.repeat(64), 'é'.repeat(64)])('has not the digest %j', (text) => {
    const entries = [...metadataEntries(metadata), [keys.digest, text] as const];
    expect(refusalOf(encodeModel(graph, entries, '0.1.0'))).toContain('it was altered');
  });
});

/** The same file from another producer, as tools leave it. */
function decodeAndRename(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const where = Buffer.from(file).indexOf('onward');
  return Uint8Array.from(Buffer.concat([file.subarray(0, where), Buffer.from('pytorc'), file.subarray(where + 6)]));
}

describe('metadata', () => {
  it.each<[string, string | undefined, string]>([
    [keys.format, String(formatVersion + 1), 'it has format 2 and this version of onward reads up to 1; update onward'],
    [keys.format, '0', 'its onward.format is wrong'],
    [keys.format, '"1"', 'its onward.format is wrong (expected number, got string)'],
    [keys.format, undefined, 'its metadata lack onward.format'],
    [keys.labels, undefined, 'its metadata lack onward.labels'],
    [keys.labels, '["one"]', 'its onward.labels is wrong'],
    [keys.labels, '["a","b"', 'its onward.labels is not JSON'],
    [keys.labels, '["a","b",3]', 'its onward.labels is wrong (2: expected string, got number)'],
    [keys.labels, '["a","b"]', 'list 2 labels, but its graph gives "probabilities" float32 [N, 3]'],
    [keys.input, undefined, 'its metadata lack onward.input'],
    [keys.input, '{"width":3}', 'its onward.input is wrong (height: expected number, got nothing)'],
    [
      keys.input,
      JSON.stringify({ ...input, width: 4 }),
      'say uint8 images [N, 2, 4, 3], but its graph takes "image" uint8 [N, 2, 3, 3]',
    ],
    [keys.input, JSON.stringify({ ...input, channels: 2 }), 'its onward.input is wrong (channels'],
    [keys.input, JSON.stringify({ ...input, width: 1e9 }), 'its onward.input is wrong (width'],
    [keys.input, JSON.stringify({ ...input, width: 60_000, height: 60_000 }), 'expected at most 64000000 pixels'],
    [keys.input, JSON.stringify({ ...input, fit: 'tile' }), 'its onward.input is wrong (fit'],
    [keys.input, JSON.stringify({ ...input, background: [0, 0, 256] }), 'its onward.input is wrong (background.2'],
    [keys.provenance, undefined, 'its metadata lack onward.provenance'],
    [keys.provenance, '[]', 'its onward.provenance is wrong'],
    [keys.provenance, '{"preprocessing":[{"kind":"warp"}]}', 'its onward.provenance is wrong (preprocessing.0.kind'],
    [keys.provenance, `${'['.repeat(1e5)}${']'.repeat(1e5)}`, 'its onward.provenance is wrong'],
    [keys.golden, '{}', 'its onward.golden is wrong (kind'],
    [keys.golden, '{"kind":"real","count":0,"images":"","probabilities":""}', 'its onward.golden is wrong (count'],
  ])('%s of %s is refused', (key, text, expected) => {
    expect(refusalOf(withEntry(key, text))).toContain(expected);
  });

  it('keeps what a later version adds to the provenance', () => {
    const model = load(withEntry(keys.provenance, '{"recipe":"small","mood":"good"}'));
    expect(model.provenance).toEqual({ recipe: 'small', mood: 'good' });
  });

  it('may lack golden samples', () => {
    expect(load(sealed({ golden: undefined })).golden).toBeUndefined();
  });
});

describe('a graph that is not what its metadata say', () => {
  const image = tensor('image', 'uint8', ['N', 2, 3, 3]);
  const probabilities = tensor('probabilities', 'float32', ['N', 3]);
  it.each([
    ['takes nothing', { inputs: [] }, 'its graph takes nothing'],
    [
      'takes two images',
      { inputs: [image, { ...image, name: 'other' }] },
      'takes "image" uint8 [N, 2, 3, 3] and "other"',
    ],
    ['takes floats', { inputs: [tensor('image', 'float32', ['N', 2, 3, 3])] }, 'takes "image" float32 [N, 2, 3, 3]'],
    ['takes other sizes', { inputs: [tensor('image', 'uint8', ['N', 3, 2, 3])] }, 'takes "image" uint8 [N, 3, 2, 3]'],
    ['takes any size', { inputs: [tensor('image', 'uint8', ['N', 'H', 'W', 3])] }, 'takes "image" uint8 [N, H, W, 3]'],
    ['gives nothing', { outputs: [] }, 'its graph gives nothing'],
    ['gives something else', { outputs: [{ ...probabilities, name: 'scores' }] }, 'gives "scores" float32 [N, 3]'],
    [
      'gives more classes',
      { outputs: [tensor('probabilities', 'float32', ['N', 4])] },
      'gives "probabilities" float32 [N, 4]',
    ],
    ['gives whole numbers', { outputs: [tensor('probabilities', 'int64', ['N', 3])] }, 'gives "probabilities" int64'],
  ])('%s', (_, changes, expected) => {
    expect(refusalOf(sealed({}, changes))).toContain(expected);
  });

  it('may give more than probabilities', () => {
    const outputs = [tensor('embedding', 'float32', ['N', 18]), probabilities];
    expect(refusalOf(sealed({}, { outputs }))).toBeUndefined();
  });
});

describe('loadModelFile', () => {
  it('finds the layers model of the run that the file lies in, and says what it cannot read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-run-'));
    const path = join(folder, 'model.onnx');
    await expect(loadModelFile(path)).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining('onward export'),
    });
    await expect(loadModelFile(folder)).rejects.toMatchObject({ kind: 'input' });
    await writeFile(path, bytes);
    expect(await loadModelFile(path)).toEqual({ ...load(bytes), name: path });
    await mkdir(join(folder, 'model'));
    await writeFile(join(folder, 'run.json'), '{}');
    expect(await loadModelFile(path)).not.toHaveProperty('layersModel');
    await writeFile(join(folder, 'model', 'model.json'), '{}');
    expect(await loadModelFile(path)).toMatchObject({ layersModel: join(folder, 'model') });
    await writeFile(path, flipped(at('Softmax')));
    await expect(loadModelFile(path)).rejects.toThrow(`${path}: it was altered`);
    expect((await loadModelFile(path, { allowAltered: true })).guesses).toHaveLength(1);
    await rm(folder, { recursive: true });
  });
});

it('what is no model is refused', () => {
  const files = [
    new Uint8Array(),
    new TextEncoder().encode('<!doctype html><html></html>'),
    new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
    new Uint8Array(1000),
    new Uint8Array(1000).fill(255),
    // A graph in a graph in a graph ..., each 5 bytes longer than the next: attributes of nodes hold graphs.
    nested(300),
  ];
  for (const file of files) expect(refusalOf(file)).toContain('expected an ONNX model');
});

/** model.graph.node.attribute.g.node.attribute.g ... */
function nested(depth: number): Uint8Array<ArrayBuffer> {
  const field = (tag: number, body: number[]) => {
    const length: number[] = [];
    for (let n = body.length; ; n >>= 7) {
      length.push(n > 127 ? (n & 127) | 128 : n);
      if (n <= 127) break;
    }
    return [tag, ...length, ...body];
  };
  let body: number[] = [];
  for (let i = 0; i < depth; i++) body = field(0x0a, field(0x2a, field(0x32, body)));
  return Uint8Array.from(field(0x3a, body));
}

it('a node needs no attributes', () => {
  expect(
    decodeModel(encodeModel({ ...graph, nodes: [node('Relu', ['x'], 'y')] }, [], '')).graph!.node[0],
  ).toMatchObject({
    opType: 'Relu',
    input: ['x'],
    output: ['y'],
    attribute: [],
  });
});

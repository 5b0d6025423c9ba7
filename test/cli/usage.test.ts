import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStripes } from './images.js';
import { lastLine, onward } from './onward.js';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-usage-'));
  await writeStripes(at('photos'), 30);
  await writeFile(at('text.onnx'), 'this is no model');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const verbs = [
  'data',
  'train',
  'sweep',
  'reproduce',
  'export',
  'inspect',
  'verify',
  'predict',
  'serve',
  'web',
  'start',
  'setup',
  'doctor',
];

describe('help', () => {
  it('lists every verb, with an example', async () => {
    const { code, stdout } = await onward(['--help']);
    expect(code).toBe(0);
    for (const verb of verbs) expect(stdout).toContain(`  ${verb} `);
    expect(stdout).toContain('Example:');
  });

  it.each(verbs)('%s --help has its flags and an example', async (verb) => {
    const { code, stdout, stderr } = await onward([verb, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: onward ${verb}`);
    expect(stdout).toContain(`$ npx onward ${verb}`);
  });
});

/** [what, arguments, exit code, what the one sentence says] */
const refusals: readonly (readonly [string, () => string[], number, RegExp])[] = [
  ['an unknown verb', () => ['tran'], 2, /unknown command 'tran' \(Did you mean train\?\)/],
  [
    'an unknown flag',
    () => ['train', 'mnist', '--epoch', '3'],
    2,
    /unknown option '--epoch' \(Did you mean --epochs\?\)/,
  ],
  ['a missing argument', () => ['export'], 2, /missing required argument 'model'/],
  ['an unknown recipe', () => ['train', 'mnist', '--recipe', 'smal-cnn'], 2, /did you mean small-cnn/],
  ['an unknown backend', () => ['train', at('photos'), '--backend', 'wasn'], 2, /did you mean wasm/],
  [
    'an unknown engine',
    () => ['predict', at('text.onnx'), at('photos'), '--engine', 'ort-cpi'],
    2,
    /did you mean ort-cpu/,
  ],
  ['a setting that there is not', () => ['train', 'mnist', '--set', 'lr=1'], 2, /unknown setting "lr"/],
  [
    'class weights of another form',
    () => ['train', 'mnist', '--class-weights', 'much'],
    2,
    /expected balanced, or <class>=/,
  ],
  [
    'an unknown recipe among several',
    () => ['sweep', 'mnist', '--recipe', 'small-cnn,smal-cnn'],
    2,
    /did you mean small-cnn/,
  ],
  ['a run to go on with that is none', () => ['train', '--resume', at('photos')], 1, /there is no checkpoint/],
  ['an unknown dataset', () => ['train', 'mnits'], 2, /did you mean mnist/],
  ['a number that is none', () => ['train', 'mnist', '--epochs', 'many'], 2, /whole number from 1 up, got "many"/],
  ['a share that is none', () => ['train', 'mnist', '--val', '1.5'], 2, /share from 0 up and below 1/],
  [
    'both --csv and --json',
    () => ['predict', at('text.onnx'), at('photos'), '--csv', '--json'],
    2,
    /one of --csv and --json/,
  ],
  ['no such folder', () => ['train', at('nowhere')], 1, /nowhere/],
  ['nothing to inspect', () => ['inspect', at('nowhere.onnx')], 1, /nowhere\.onnx: there is no such file/],
  ['no ONNX file', () => ['inspect', at('text.onnx')], 1, /text\.onnx: expected an ONNX file/],
  ['no such run', () => ['export', at('nowhere')], 1, /nowhere: there is no such file; give a run folder/],
  ['a folder that is no run', () => ['export', at('photos')], 1, /run\.json/],
  ['no such model', () => ['verify', at('nowhere.onnx')], 1, /cannot be read/],
  [
    'a file that is no model',
    () => ['predict', at('text.onnx'), at('photos')],
    1,
    /truncated or damaged|cannot be read as one/,
  ],
  ['no such image', () => ['serve', at('nowhere.onnx')], 1, /cannot be read/],
];

describe('refusals', () => {
  it.each(refusals)('%s: one sentence and the exit code', async (_, args, code, sentence) => {
    const result = await onward(args());
    expect(result.code).toBe(code);
    expect(lastLine(result)).toMatch(/^onward: /);
    expect(lastLine(result)).toMatch(sentence);
    expect(result.stdout).toBe('');
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  it('a run folder that is taken, a folder that is a file, an output that cannot be made', async () => {
    await mkdir(at('taken'));
    await writeFile(at('taken', 'x'), '');
    const taken = await onward(['train', at('photos'), '--epochs', '1', '--out', at('taken')]);
    expect(taken.code).toBe(1);
    expect(lastLine(taken)).toContain('never overwritten');
    expect(await readdir(at('taken'))).toEqual(['x']);

    const file = await onward(['train', at('photos'), '--epochs', '1', '--out', at('text.onnx', 'run')]);
    expect(file.code).toBe(1);
    expect(lastLine(file)).toMatch(/text\.onnx.*(file, not a folder|already holds)/);
    // /proc takes no new folders, whoever asks: the nearest there is to a read-only disk.
    if (process.platform === 'linux') {
      const readOnly = await onward(['train', at('photos'), '--epochs', '1', '--out', '/proc/onward']);
      expect(readOnly.code).toBe(1);
      expect(lastLine(readOnly)).toMatch(/^onward: .*\/proc/);
      expect(readOnly.stderr).not.toMatch(/something went wrong/);
    }
  }, 90_000);

  it('a port that is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await onward(['train', at('photos'), '--epochs', '1', '--out', at('run')])).toMatchObject({ code: 0 });
    expect(await onward(['export', at('run')])).toMatchObject({ code: 0 });
    const result = await onward(['serve', at('run', 'model.onnx'), '--port', String(port)]);
    server.close();
    expect(result.code).toBe(1);
    expect(lastLine(result)).toContain(`port ${port}`);
    expect(lastLine(result)).toContain('--port');
  }, 90_000);
});

describe('doctor', () => {
  it('lists every backend and engine with its version and device, or the reason and the remedy', async () => {
    const { code, stdout } = await onward(['doctor', '--json']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.backends.map(({ name }: { name: string }) => name)).toEqual(['native', 'wasm']);
    expect(report.engines.map(({ name }: { name: string }) => name)).toEqual([
      'tfjs-native',
      'tfjs-wasm',
      'ort-cpu',
      'ort-cuda',
      'ort-webgpu',
      'web-wasm',
      'web-webgpu',
    ]);
    for (const one of [...report.backends, ...report.engines]) {
      if (one.available)
        expect(one).toMatchObject({ version: expect.stringMatching(/\d/), device: expect.stringMatching(/./) });
      else expect(one).toMatchObject({ reason: expect.stringMatching(/\w/), remedy: expect.stringMatching(/\w/) });
    }
    const { stdout: text } = await onward(['doctor']);
    for (const { name } of report.engines) expect(text).toContain(name);
  });
});

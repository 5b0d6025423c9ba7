import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStripes } from './images.js';
import { lastLine, onward, start } from './onward.js';

/** From a folder of images to predictions, as a person does it: every verb in its own process. */
let root: string;
let photos: string;
const at = (...parts: string[]) => join(root, ...parts);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-line-'));
  photos = await writeStripes(at('photos'), 240);
  const trained = await onward(['train', photos, '--epochs', '4', '--batch-size', '16', '--out', at('run'), '--json']);
  expect(trained).toMatchObject({ code: 0 });
  expect(JSON.parse(trained.stdout)).toMatchObject({ path: at('run'), recipe: 'small-cnn', epochsDone: 4 });
  const exported = await onward(['export', at('run'), '--json']);
  expect(exported).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(exported.stdout)).toMatchObject({
    model: at('run', 'model.onnx'),
    classes: 3,
    golden: { kind: 'real' },
  });
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('train', () => {
  it('prints the layer table and a line an epoch', async () => {
    const result = await onward(['train', photos, '--epochs', '1', '--out', at('second')]);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('Layer (type)');
    expect(result.stderr).toMatch(/epoch 1\/1: loss \d\.\d+, accuracy .*val_accuracy/);
    expect(result.stdout).toBe('');
  });

  it('keeps the run so far when it is interrupted: it exports', async () => {
    const running = start(['train', photos, '--epochs', '500', '--out', at('stopped')]);
    await running.printed('epoch 2/500');
    running.child.kill('SIGINT');
    const result = await running.done;
    expect(result.code).toBe(130);
    expect(lastLine(result)).toMatch(/interrupted; .*written to .*--resume/);
    expect(JSON.parse(await readFile(at('stopped', 'run.json'), 'utf8'))).toMatchObject({ interrupted: true });
    expect(await onward(['export', at('stopped')])).toMatchObject({ code: 0 });
  });

  it('names and counts what it skips, and refuses it with --strict', async () => {
    const mixed = await writeStripes(at('mixed'), 60);
    await writeFile(join(mixed, 'left', 'empty.png'), '');
    await writeFile(join(mixed, 'top', 'notes.png'), 'no image at all');
    const result = await onward(['train', mixed, '--epochs', '1', '--out', at('mixed-run')]);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/skipped: .*empty\.png/);
    expect(result.stderr).toMatch(/skipped: .*notes\.png/);
    expect(result.stderr).toContain('skipped 2 files');
    const strict = await onward(['train', mixed, '--epochs', '1', '--out', at('strict-run'), '--strict']);
    expect(strict.code).toBe(1);
    expect(lastLine(strict)).toMatch(/^onward: .*\.png/);
    expect(await readdir(root)).not.toContain('strict-run');
  });
});

describe('verify', () => {
  it('compares the engines with the one that trained, on images and on golden samples', async () => {
    for (const extra of [[], ['--data', photos, '--limit', '40']]) {
      const result = await onward([
        'verify',
        at('run', 'model.onnx'),
        '--engines',
        'tfjs-wasm,ort-cpu',
        '--json',
        ...extra,
      ]);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      const report = JSON.parse(result.stdout);
      expect(report.passed).toBe(true);
      expect(report.engines.map((row: { engine: string }) => row.engine)).toEqual(['tfjs-wasm', 'ort-cpu']);
      for (const row of report.engines) {
        expect(Object.keys(row)).toEqual(
          expect.arrayContaining([
            'engine',
            'version',
            'device',
            'images',
            'maxAbsDiff',
            'meanAbsDiff',
            'top1Agreement',
            'nearTies',
            'imagesPerSecond',
            'verdict',
            'reason',
          ]),
        );
        expect(row.maxAbsDiff).toBeLessThanOrEqual(1e-5);
        expect(row.images).toBeGreaterThanOrEqual(16);
      }
    }
  });

  it('compares with what trained, also when that was not asked for', async () => {
    const { backend } = JSON.parse(await readFile(at('run', 'run.json'), 'utf8'));
    const result = await onward([
      'verify',
      at('run', 'model.onnx'),
      '--engines',
      'ort-cpu',
      '--data',
      photos,
      '--json',
    ]);
    // The part that training kept for the end.
    expect(JSON.parse(result.stdout)).toMatchObject({
      ...{ reference: `tfjs-${backend}`, standIn: null, images: expect.stringMatching(/^48 of the 48 /) },
      engines: [{ engine: 'ort-cpu', verdict: 'agrees' }],
    });
  });

  it('takes all images of a dataset that it was not trained on, however few', async () => {
    const few = await writeStripes(at('few'), 6);
    const args = ['verify', at('run', 'model.onnx'), '--engines', 'ort-cpu', '--data', few, '--json'];
    expect(JSON.parse((await onward(args)).stdout)).toMatchObject({ engines: [{ images: 6, verdict: 'agrees' }] });
  });

  it('fails when an engine that was asked for is not there, with its reason', async () => {
    const result = await onward(['verify', at('run', 'model.onnx'), '--engines', 'ort-cpu,ort-cuda', '--json']);
    const row = JSON.parse(result.stdout).engines[1];
    if (row.verdict === 'agrees') return;
    expect(result.code).toBe(1);
    expect(row).toMatchObject({ engine: 'ort-cuda', verdict: 'absent', reason: expect.stringMatching(/NVIDIA|CUDA/) });
  });

  it('refuses a file with one bit of one weight altered, and names the weight', async () => {
    const bytes = await readFile(at('run', 'model.onnx'));
    // Where a tensor's name is followed by the tag of its raw data (field 9).
    const place = bytes.indexOf('logits/kernel\x4a');
    bytes[place + 40] = bytes[place + 40]! ^ 1;
    await writeFile(at('altered.onnx'), bytes);
    const result = await onward(['verify', at('altered.onnx'), '--engines', 'ort-cpu']);
    expect(result.code).toBe(1);
    expect(lastLine(result)).toContain('altered');
    expect(lastLine(result)).toContain('logits/kernel');
    const allowed = await onward(['verify', at('altered.onnx'), '--engines', 'ort-cpu', '--allow-altered', '--json']);
    expect(JSON.parse(allowed.stdout).engines).toHaveLength(1);
  });
});

describe('predict', () => {
  const model = () => at('run', 'model.onnx');

  it('classifies a folder, as CSV and as JSON, and is right', async () => {
    const csv = await onward(['predict', model(), join(photos, 'left'), '--csv']);
    expect(csv.code).toBe(0);
    const [head, ...lines] = csv.stdout.trim().split('\n');
    expect(head).toBe('file,label,probability,p(left),p(right),p(top)');
    expect(lines).toHaveLength(80);
    const right = lines.filter((line) => line.split(',')[1] === 'left').length;
    expect(right).toBeGreaterThan(70);

    const json = await onward(['predict', model(), join(photos, 'top'), '--json']);
    const rows = JSON.parse(json.stdout);
    expect(rows).toHaveLength(80);
    expect(rows[0]).toMatchObject({ file: expect.stringContaining('top'), label: expect.any(String) });
    expect(rows[0].probabilities.reduce((a: number, b: number) => a + b)).toBeCloseTo(1, 5);
  });

  it('reads one image from standard input', async () => {
    const file = (await readdir(join(photos, 'right')))[0]!;
    const result = await onward(['predict', model(), '-', '--json'], {
      input: await readFile(join(photos, 'right', file)),
    });
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject([{ file: '-', label: 'right' }]);
  });

  it('keeps odd names whole: quoted in CSV, on one line in the table', async () => {
    const folder = at('odd');
    await mkdir(folder, { recursive: true });
    const image = await readFile(join(photos, 'left', (await readdir(join(photos, 'left')))[0]!));
    const names = [
      'a "quoted", b.png',
      'naïve 手.png',
      '-.png',
      ...(process.platform === 'win32' ? [] : ['two\nlines.png']),
    ];
    for (const name of names) await writeFile(join(folder, name), image);
    const json = JSON.parse((await onward(['predict', model(), folder, '--json'])).stdout);
    expect(json.map(({ file }: { file: string }) => file).sort()).toEqual(names.map((n) => join(folder, n)).sort());
    const csv = (await onward(['predict', model(), folder, '--csv'])).stdout;
    for (const name of names) {
      const path = join(folder, name);
      expect(csv).toContain(/["\n,]/.test(path) ? `\n"${path.replaceAll('"', '""')}",left,` : `\n${path},left,`);
    }
    expect((await onward(['predict', model(), folder])).stdout.trim().split('\n')).toHaveLength(names.length + 1);
  });

  it('stops at Ctrl-C, also while it waits for standard input', async () => {
    const { spawn } = await import('node:child_process');
    const bin = new URL('../../dist/cli/bin.js', import.meta.url).pathname;
    const child = spawn(process.execPath, [bin, 'predict', model(), '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    setTimeout(() => child.kill('SIGINT'), 2500);
    expect(await new Promise((done) => child.on('close', done))).toBe(130);
    expect(said).toMatch(/^onward: stopped[^\n]*\n$/);
  });

  it('names what it cannot read and goes on; with --strict it stops; with nothing readable it fails', async () => {
    await mkdir(at('bad'), { recursive: true });
    await writeFile(at('bad', 'broken.png'), 'x');
    const good = join(photos, 'left', (await readdir(join(photos, 'left')))[0]!);
    const mixed = await onward(['predict', model(), good, at('bad', 'broken.png')]);
    expect(mixed.code).toBe(0);
    expect(mixed.stdout).toContain('left');
    expect(mixed.stderr).toMatch(/skipped: .*broken\.png/);
    expect((await onward(['predict', model(), good, at('bad', 'broken.png'), '--strict'])).code).toBe(1);
    expect((await onward(['predict', model(), at('bad', 'broken.png')])).code).toBe(1);
  });
});

describe('web', () => {
  it('writes the page as static files', async () => {
    const result = await onward(['web', at('run', 'model.onnx'), '-o', at('site'), '--json']);
    expect(result.code).toBe(0);
    expect(await readdir(at('site'))).toEqual(expect.arrayContaining(['index.html', 'model.onnx', 'sw.js']));
  });
});

describe('serve', () => {
  it('answers, takes its flags from the environment, and ends at SIGTERM', async () => {
    const running = start(['serve'], { env: { PORT: '0', MODEL: at('run', 'model.onnx') } });
    const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(await running.printed(/http:\S+\//)) ?? [];
    const file = join(photos, 'top', (await readdir(join(photos, 'top')))[0]!);
    const response = await fetch(`${url}classify`, { method: 'POST', body: await readFile(file) });
    expect(await response.json()).toMatchObject({ label: 'top', engine: 'ort-cpu' });
    running.child.kill('SIGTERM');
    expect((await running.done).code).toBe(0);
  });
});

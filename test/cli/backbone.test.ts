import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from 'onward/common';
import { chooseBackend } from 'onward/train';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BackboneFlags, chooseRecipe } from '#onward/cli/lib/chosen-recipe.js';
import { asFile, tinyNetwork } from '../train/backbones/files.js';
import { lastLine, onward } from './onward.js';

/** A person's photographs and a person's network, each command in a process of its own. */
let root: string;
const at = (...parts: string[]) => join(root, ...parts);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-cli-backbone-'));
  const { tf } = await chooseBackend();
  const model = tinyNetwork(tf, { channels: 3 });
  const { modelTopology, weightSpecs, weightData } = await asFile(tf, model, 'model.json');
  model.dispose();
  await mkdir(at('birds'));
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  await writeFile(
    at('birds', 'model.json'),
    JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }),
  );
  await writeFile(at('birds', 'weights.bin'), weightData);
  const stream = random('photographs', 1);
  for (const [name, tint] of [
    ['red', [190, 90, 80]],
    ['blue', [80, 90, 190]],
  ] as const) {
    await mkdir(at('photos', name), { recursive: true });
    for (let i = 0; i < 15; i++) {
      const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, k) => tint[k % 3]! + stream.below(60));
      const jpeg = await sharp(data, { raw: { width: 40, height: 30, channels: 3 } })
        .jpeg()
        .toBuffer();
      await writeFile(at('photos', name, `${i}.jpg`), jpeg);
    }
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

const run = (...args: string[]) => onward(args, { cwd: root });
const birds = ['--backbone', 'birds', '--preprocess', 'tf'];
const quick = ['--epochs', '3', '--batch-size', '8'];

describe('train --backbone with a file', () => {
  it('trains, goes on, exports and verifies', { timeout: 60_000 }, async () => {
    const trained = await run('train', 'photos', ...birds, ...quick, '--json');
    expect(trained, trained.stderr).toMatchObject({ code: 0 });
    expect(trained.stderr).toContain(
      'backbone: birds up to high_relu (4x4x12), the last one before the classifier (--cut names another)',
    );
    expect(trained.stderr).toContain('2 classes, 16x16x3');
    expect(trained.stderr).toContain('epoch 2: unfrozen: 4x4 (1 layer, learning rate x0.1)');
    expect(JSON.parse(trained.stdout)).toMatchObject({
      path: join('runs', 'photos-birds'),
      recipe: 'birds',
      backbone: { name: 'birds', cut: 'high_relu', weights: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
      preprocessing: [{ kind: 'scale' }],
      settings: { headEpochs: 1, stages: 3, stageRate: 0.1, stageDecay: 0.5 },
    });
    const again = await run('train', '--resume', 'runs/photos-birds');
    expect(again.stderr).toContain('is this training already');
    expect(await run('export', 'runs/photos-birds')).toMatchObject({ code: 0 });
    const verified = await run(
      'verify',
      'runs/photos-birds/model.onnx',
      '--data',
      'photos',
      '--engines',
      'tfjs-native,ort-cpu',
    );
    expect(verified, verified.stdout + verified.stderr).toMatchObject({ code: 0 });
    expect(verified.stdout).toMatch(/ort-cpu .*agrees/);
  });

  it('compares settings of it in a sweep', { timeout: 60_000 }, async () => {
    const swept = await run('sweep', 'photos', ...birds, ...quick, '--set', 'stages=0,1', '--json');
    expect(swept, swept.stderr).toMatchObject({ code: 0 });
    const rows = JSON.parse(swept.stdout) as { settings: { stages: number }; parameters: { trainable: number } }[];
    expect(rows.map(({ settings, parameters }) => [settings.stages, parameters.trainable])).toEqual([
      [0, 26],
      [1, 26 + 8 * 12 * 9],
    ]);
  });

  it.each([
    [{ backbone: 'birds' }, /--backbone .*birds: say how images were prepared for it, with --preprocess none/],
    [{ backbone: 'birds', preprocess: 'keras' }, /--preprocess: unknown way "keras"/],
    [{ backbone: 'birds', preprocess: 'tf', weights: 'x.h5' }, /--weights x.h5: .*birds has its own weights/],
    [
      { backbone: 'birds', preprocess: 'tf', cut: 'hihg_relu' },
      /--cut: unknown layer "hihg_relu": did you mean high_relu/,
    ],
    [{ backbone: 'photos', preprocess: 'tf' }, /photos: it is a folder with neither run.json .* nor model.json/],
    [{ backbone: 'mobilnet-v2' }, /unknown backbone "mobilnet-v2": did you mean mobilenet-v2.*; or give a model.json/],
    [{ backbone: 'vgg16', preprocess: 'tf' }, /--preprocess tf: vgg16 has its own; leave it out/],
    [{ backbone: 'vgg16', weights: 'photos/red/0.jpg' }, /0.jpg: expected a Keras file of weights .*, got another/],
    [{ cut: 'x' }, /--cut x: it goes with --backbone/],
    [{ weights: 'x.h5' }, /--weights x.h5: the recipe small-cnn begins from scratch/],
  ])('refuses %j in one sentence', async (given: Partial<BackboneFlags>, sentence) => {
    const flags = { recipe: 'small-cnn', ...given };
    if (['birds', 'photos'].includes(flags.backbone ?? '')) flags.backbone = at(flags.backbone!);
    if (flags.weights?.includes('/')) flags.weights = at(flags.weights);
    const options = { backend: () => chooseBackend(), signal: new AbortController().signal };
    await expect(chooseRecipe(flags, options)).rejects.toMatchObject({ message: expect.stringMatching(sentence) });
  });

  it.each([
    [[...birds, '--channels', '1'], /birds takes colour images \(3 channels\), got gray images .*give --channels 3/],
    [['--backbone', 'vgg16', '--recipe', 'accurate'], /two ways to say what is trained/],
    [
      ['--backbone', 'vgg16', '--weights', 'none', '--size', '16'],
      /at least 32x32 for vgg16, got 16x16; give --size 32/,
    ],
  ])('refuses %j, and leaves nothing', async (args, sentence) => {
    const refused = await run('train', 'photos', ...args, '--epochs', '1', '--out', 'refused');
    expect(lastLine(refused)).toMatch(sentence);
    expect(refused.code).toBeGreaterThan(0);
    await expect(readFile(at('refused', 'run.json'))).rejects.toThrow();
  });
});

describe('train --backbone by name', () => {
  it('never begins from scratch unless it is told to', async () => {
    const env = { ONWARD_BACKBONES: 'http://127.0.0.1:1', ONWARD_CACHE: at('cache') };
    const refused = await onward(['train', 'photos', '--backbone', 'mobilenet-v2'], { cwd: root, env });
    expect(refused.code).toBe(1);
    expect(lastLine(refused)).toMatch(
      /the published weights are not here: .*_no_top.h5 cannot be fetched .*give it with --weights <file>; --weights none begins from scratch$/,
    );
  });

  it('shows its layers, frozen and not, with --summary', async () => {
    const shown = await run('train', '--backbone', 'mobilenet-v2', '--summary', '--json', '--set', 'stages=1');
    expect(shown, shown.stderr).toMatchObject({ code: 0 });
    const { layers, total } = JSON.parse(shown.stdout) as {
      layers: { name: string; trainable: number }[];
      total: number;
    };
    // As keras.applications counts them, and a head of ten classes.
    expect(total).toBe(2_257_984 + 12_810);
    const trains = (name: string) => layers.find((layer) => layer.name === name)!.trainable > 0;
    expect(['logits', 'Conv_1', 'Conv_1_bn', 'block_13_expand', 'block_12_project'].map(trains)).toEqual([
      ...[true, true, false, true, false],
    ]);
  });

  it('says that vgg16-finetune begins from scratch, and how it would not', async () => {
    // Refused, so that it does not train.
    const trained = await run('train', 'photos', '--recipe', 'vgg16-finetune', '--channels', '1');
    expect(trained.stderr).toMatch(/vgg16-finetune begins from scratch: --weights published fetches .*notop.h5/);
  });
});

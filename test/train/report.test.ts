import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseBackend, type EpochRow, extremes, formatExtremes, type Run, recipeByName, train } from 'onward/train';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32c } from '#onward/train/report/tensorboard/crc32c.js';
import { inPython, skipsPython } from '../export/python.js';
import { stripesSplit } from './datasets.js';

let folder: string;
let run: Run;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-report-'));
  const recipe = recipeByName('small-cnn');
  const backend = await chooseBackend();
  run = await train(stripesSplit(120), { recipe, backend, out: join(folder, 'run'), epochs: 3, version: '0.0.0' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const row = (epoch: number, loss: number, val_loss: number): EpochRow => ({
  ...{ epoch, loss, accuracy: 1 - loss / 2, val_loss, val_accuracy: 1 - val_loss / 2 },
  ...{ seconds: 1, learning_rate: 0.01 },
});
const history = [row(1, 0.9, 0.8), row(2, 0.5, 0.6), row(3, 0.25, 0.75)];

describe('the smallest and largest values of a training', () => {
  it('with their epochs, and the gap in the best one', () => {
    const found = extremes(history);
    expect(found.curves.loss).toEqual({
      min: { value: 0.25, epoch: 3 },
      max: { value: 0.9, epoch: 1 },
      last: { value: 0.25, epoch: 3 },
    });
    expect(found.curves.val_accuracy.max).toEqual({ value: 0.7, epoch: 2 });
    expect(found.gap.epoch).toBe(2);
    expect(found.gap.loss).toBeCloseTo(0.1);
    expect(found.gap.accuracy).toBeCloseTo(0.05);
    expect(formatExtremes(found)).toBe(
      [
        '              min (epoch)  max (epoch)     last',
        'loss           0.2500 (3)   0.9000 (1)   0.2500',
        'accuracy      55.00 % (1)  87.50 % (3)  87.50 %',
        'val_loss       0.6000 (2)   0.8000 (1)   0.7500',
        'val_accuracy  60.00 % (1)  70.00 % (2)  62.50 %',
        'training against validation in epoch 2: accuracy +5.00 points, loss -0.1000',
      ].join('\n'),
    );
  });

  it('stand in the run folder', async () => {
    const text = await readFile(join(run.path, 'report', 'training.txt'), 'utf8');
    expect(text).toBe(`${formatExtremes(extremes(run.history))}\n`);
  });
});

it('the picture of the curves shows what the history has: a point an epoch and curve', async () => {
  const svg = await readFile(join(run.path, 'report', 'curves.svg'), 'utf8');
  expect(svg.match(/<circle/g)).toHaveLength(4 * 3);
  for (const word of ['loss', 'accuracy', 'train', 'validation', 'epoch'])
    expect(svg).toContain(`aria-label="${word}"`);
  const { data, info } = await sharp(join(run.path, 'report', 'curves.png'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 1720, height: 600 });
  const has = (red: number, green: number, blue: number) => {
    for (let i = 0; i < data.length; i += 3) {
      if (Math.hypot(data[i]! - red, data[i + 1]! - green, data[i + 2]! - blue) < 12) return true;
    }
    return false;
  };
  expect(has(0, 0x72, 0xb2)).toBe(true);
  expect(has(0xd5, 0x5e, 0)).toBe(true);
});

describe('files for TensorBoard', () => {
  it("have the checksum that iSCSI's standard gives", () => {
    // RFC 3720, appendix B.4.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  it.skipIf(skipsPython)(
    "are read by TensorFlow's own reader, value by value",
    async () => {
      const script = join(folder, 'read.py');
      await writeFile(
        script,
        `import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
found = {}
for part in ("train", "validation"):
    folder = os.path.join(sys.argv[1], part)
    (name,) = os.listdir(folder)
    found[part] = [[e.step, {v.tag: v.simple_value for v in e.summary.value}, e.file_version, e.wall_time]
                   for e in tf.compat.v1.train.summary_iterator(os.path.join(folder, name))]
print(json.dumps(found))
`,
      );
      type Event = [step: number, values: Record<string, number>, version: string, time: number];
      const found = JSON.parse(await inPython(script, join(run.path, 'report', 'tensorboard'))) as Record<
        string,
        Event[]
      >;
      for (const [part, prefix] of [
        ['train', ''],
        ['validation', 'val_'],
      ] as const) {
        const [first, ...events] = found[part]!;
        expect(first![2]).toBe('brain.Event:2');
        expect(events.map(([step]) => step)).toEqual([1, 2, 3]);
        for (const [i, [, values, , time]] of events.entries()) {
          const expected = run.history[i]!;
          expect(values.epoch_loss).toBe(Math.fround(expected[`${prefix}loss`]));
          expect(values.epoch_accuracy).toBe(Math.fround(expected[`${prefix}accuracy`]));
          expect(Math.abs(time - Date.now() / 1000)).toBeLessThan(600);
        }
      }
      expect(found.train![1]![1].epoch_learning_rate).toBe(Math.fround(run.history[0]!.learning_rate));
    },
    120_000,
  );

  it('are one a part also after a training went on', async () => {
    const again = await readdir(join(run.path, 'report', 'tensorboard', 'train'));
    expect(again).toHaveLength(1);
    expect(again[0]).toMatch(/^events\.out\.tfevents\.\d{10}\./);
  });
});

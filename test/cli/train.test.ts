import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStripes } from './images.js';
import { lastLine, onward, start } from './onward.js';

/** Trainings that are killed, go on, are done already, as a person sees them: every one in its own process. */
let root: string;
let photos: string;
const at = (...parts: string[]) => join(root, ...parts);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-cli-train-'));
  photos = await writeStripes(at('photos'), 120);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const train = (...args: string[]) => onward(['train', photos, '--epochs', '3', '--batch-size', '16', ...args]);
const weights = (name: string) => readFile(at(name, 'model', 'weights.bin'));

describe('train', () => {
  beforeAll(async () => {
    expect(await train('--out', at('whole'), '--set', 'weightAverage=0.9')).toMatchObject({ code: 0 });
  });

  it.each([
    ['SIGKILL', null],
    ['SIGTERM', 130],
  ] as const)('goes on after %s with nothing said but its folder, to the same weights', async (signal, code) => {
    const name = signal.toLowerCase();
    const running = start([
      ...['train', photos, '--epochs', '3', '--batch-size', '16', '--set', 'weightAverage=0.9'],
      ...['--out', at(name), '--checkpoint-minutes', '0.00001'],
    ]);
    await running.printed('epoch 1/3');
    running.child.kill(signal);
    expect((await running.done).code).toBe(code);
    expect(JSON.parse(await readFile(at(name, 'run.json'), 'utf8'))).toMatchObject({ interrupted: true });
    // From another folder: what was said about it stands in its checkpoint.
    const resumed = await onward(['train', '--resume', at(name), '--json'], { cwd: root });
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
    expect(resumed.stderr).toMatch(/going on with .*: epoch [23]/);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ outcome: 'resumed', interrupted: false, epochsDone: 3 });
    const [a, b] = [await weights(name), await weights('whole')];
    const values = (bytes: Buffer) => new Float32Array(Uint8Array.from(bytes).buffer);
    const difference = values(a).reduce((most, v, i) => Math.max(most, Math.abs(v - values(b)[i]!)), 0);
    expect(difference).toBeLessThanOrEqual(1e-4);
  });

  it('loads what was trained already, and says so; refuses to go on with other settings, or with nothing', async () => {
    const again = await train('--out', at('whole'), '--set', 'weightAverage=0.9');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain('is this training already, with the same settings, images and versions: loaded');
    // The extremes and the gap, as after the training itself.
    expect(again.stderr).toMatch(
      /min \(epoch\) +max \(epoch\) +last\nloss .*\naccuracy .*\nval_loss .*\nval_accuracy .*\ntraining against validation/,
    );
    const other = await onward(['train', '--resume', at('whole'), '--seed', '2']);
    expect(other.code).toBe(1);
    expect(lastLine(other)).toMatch(/its checkpoint is of seed 1, and 2 was asked for/);
    const nothing = await onward(['train', '--resume', photos]);
    expect(nothing.code).toBe(1);
    expect(lastLine(nothing)).toMatch(/--resume .*photos: there is no checkpoint/);
  });

  it('refuses to go on when the images have changed', async () => {
    await cp(photos, at('changed'), { recursive: true });
    const running = start(['train', at('changed'), '--epochs', '30', '--batch-size', '16', '--out', at('moved')]);
    await running.printed('epoch 1/30');
    running.child.kill('SIGINT');
    await running.done;
    const [first] = await readdir(at('changed', 'top'));
    await rm(at('changed', 'top', first!));
    const resumed = await onward(['train', '--resume', at('moved')]);
    expect(resumed.code).toBe(1);
    expect(lastLine(resumed)).toMatch(/^onward: .*the dataset is not as it was when this training began/);
  });
});

describe('sweep', () => {
  it('trains every combination into a folder of its own, ranks them, and loads them the second time', async () => {
    const args = [
      ...['sweep', photos, '--recipe', 'small-cnn,dense-gray', '--set', 'learningRate=1e-3,1e30'],
      ...['--epochs', '1', '--channels', '1', '--size', '32', '--out', at('sweep')],
    ];
    const first = await onward([...args, '--json']);
    const rows = JSON.parse(first.stdout) as { name: string; outcome: string; reason?: string; metrics?: object }[];
    expect(rows.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['small-cnn_learningRate=1e-3', 'trained'],
      ['small-cnn_learningRate=1e30', 'failed'],
      ['dense-gray_learningRate=1e-3', 'trained'],
      ['dense-gray_learningRate=1e30', 'failed'],
    ]);
    expect(first.code).toBe(1);
    expect(rows[1]!.reason).toMatch(/the loss became/);
    expect((await readdir(at('sweep'))).sort()).toEqual([
      'dense-gray_learningRate=1e-3',
      'small-cnn_learningRate=1e-3',
      'sweep.csv',
    ]);
    const csv = await readFile(at('sweep', 'sweep.csv'), 'utf8');
    expect(csv.split('\n')[0]).toBe(
      'run,recipe,learningRate,parameters,best_epoch,val_loss,val_accuracy,seconds,outcome,reason',
    );
    expect(csv.trim().split('\n')).toHaveLength(5);

    const second = await onward([...args.map((arg) => arg.replace(',1e30', '')), '--json']);
    // One value of a setting is in no name: another sweep, other folders.
    expect(JSON.parse(second.stdout)).toMatchObject([{ name: 'small-cnn' }, { name: 'dense-gray' }]);
    const third = await onward(args.map((arg) => arg.replace(',1e30', '')));
    expect(third.code).toBe(0);
    expect(third.stdout).toMatch(
      /recipe +learningRate +parameters +best epoch +val_loss +val_accuracy +gap +min +outcome/,
    );
    expect(third.stdout.match(/loaded/g)).toHaveLength(2);
  }, 90_000);
});

import { OnwardError, unknownName } from '../../runtime/common/index.js';
import { optimizers } from '../optimizers/index.js';
import { scheduleNames } from '../schedule.js';
import { augmentNames, preprocessNames } from './adjusted.js';
import type { Settings } from './settings.js';

/** One setting: what it means, and what it may be. */
export interface Field {
  readonly meaning: string;
  /** @throws OnwardError kind `usage` */
  check(value: unknown): void;
  /** A value as it is typed. */
  parse(text: string): unknown;
}

function number(name: string, meaning: string, expected: string, fits: (value: number) => boolean): Field {
  return {
    meaning: `${meaning} (${expected})`,
    check(value) {
      if (typeof value === 'number' && Number.isFinite(value) && fits(value)) return;
      throw new OnwardError('usage', `expected ${name} to be ${expected}, got ${value}`);
    },
    parse: (text) => (text.trim() === '' || Number.isNaN(Number(text)) ? JSON.stringify(text) : Number(text)),
  };
}
const count = (name: string, meaning: string, least: number) =>
  number(name, meaning, `a whole number from ${least} up`, (n) => Number.isSafeInteger(n) && n >= least);
const share = (name: string, meaning: string) =>
  number(name, meaning, 'a number from 0 up and below 1', (n) => n >= 0 && n < 1);
const atLeast0 = (name: string, meaning: string) => number(name, meaning, 'a number from 0 up', (n) => n >= 0);

function choice(name: string, meaning: string, among: readonly string[]): Field {
  return {
    meaning: `${meaning} (${among.join(', ')})`,
    check(value) {
      if (!among.includes(value as string))
        throw new OnwardError('usage', unknownName(name, String(value), [...among]));
    },
    parse: (text) => text,
  };
}

const yesOrNo = (name: string, meaning: string): Field => ({
  meaning: `${meaning} (true, false)`,
  check(value) {
    if (typeof value !== 'boolean')
      throw new OnwardError('usage', `expected ${name} to be true or false, got ${value}`);
  },
  parse: (text) => (text === 'true' || text === 'false' ? text === 'true' : JSON.stringify(text)),
});

/** Every setting that `--set` takes. */
export const fields: { readonly [name in keyof Settings]-?: Field } = {
  epochs: count('epochs', 'how often to go through the images', 1),
  batchSize: count('batch size', 'images a step', 1),
  learningRate: number('learningRate', 'the highest learning rate', 'a number above 0', (n) => n > 0),
  optimizer: choice('optimizer', 'what makes steps of gradients', Object.keys(optimizers)),
  momentum: share('momentum', 'sgd: how much of the last step goes on'),
  nesterov: yesOrNo('nesterov', 'sgd: whether it looks ahead by the momentum'),
  schedule: choice('schedule', 'how the rate changes', scheduleNames),
  warmup: share('warmup', 'cosine: the share of the training in which the rate rises'),
  decayFactor: number(
    'decayFactor',
    'step, plateau: the rate times this',
    'a number above 0, at most 1',
    (n) => n > 0 && n <= 1,
  ),
  decayEvery: number(
    'decayEvery',
    'step: after every such share of the training',
    'a number above 0, at most 1',
    (n) => n > 0 && n <= 1,
  ),
  decayPatience: count('decayPatience', 'plateau: after so many epochs without a smaller val_loss', 1),
  augment: choice('augment', 'what a training image may become', augmentNames),
  preprocess: choice('preprocess', 'what happens to images before the first layer', preprocessNames),
  labelSmoothing: share('labelSmoothing', 'what of the truth is spread over all classes'),
  weightDecay: atLeast0('weightDecay', 'decoupled, as a share of the learning rate'),
  clipNorm: atLeast0('clipNorm', "the gradients' longest global norm; 0: no limit"),
  weightAverage: share('weightAverage', 'decay of a moving average of the weights; 0: none'),
  mixup: atLeast0('mixup', 'alpha of mixup; 0: none'),
  cutmix: atLeast0('cutmix', 'alpha of CutMix; 0: none; with mixup, each batch draws one of them'),
  patience: count('patience', 'stop after so many epochs without a smaller val_loss; 0: never', 0),
  minDelta: atLeast0('minDelta', 'by how much a val_loss must be smaller to be that'),
  headEpochs: count('headEpochs', 'backbone: how many epochs the head trains alone', 0),
  stages: count('stages', 'backbone: how many stages below the head are unfrozen, one after another; 0: none', 0),
  stageRate: number(
    'stageRate',
    "backbone: the first stage's learning rate, as a share of the head's",
    'a number above 0, at most 1',
    (n) => n > 0 && n <= 1,
  ),
  stageDecay: number(
    'stageDecay',
    "backbone: each further stage's, as a share of that of the one above it",
    'a number above 0, at most 1',
    (n) => n > 0 && n <= 1,
  ),
};

/**
 * `learningRate=1e-3` and so on, as typed; a later one wins.
 * @throws OnwardError kind `usage`: another form, an unknown name, a value that it cannot have
 */
export function parseSettings(given: readonly string[]): Partial<Settings> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
      if (!text.includes('=')) throw new OnwardError('usage', `--set: expected <setting>=<value>, got "${text}"`);
      const field = Object.hasOwn(fields, name) ? fields[name as keyof Settings] : undefined;
      if (!field) throw new OnwardError('usage', `--set: ${unknownName('setting', name, Object.keys(fields))}`);
      const parsed = field.parse(value);
      field.check(parsed);
      return [name, parsed];
    }),
  );
}

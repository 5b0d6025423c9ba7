import { wilson } from '../evaluate/index.js';
import { version } from '../machine/index.js';
import { publishedFigures } from './published-figures.js';
import { reasonIn, resultIn, type Study } from './study.js';

/** A published figure with ours beside it; null where it was not measured, and why. */
export interface FigureRow {
  readonly id: string;
  readonly what: string;
  readonly meaning: string;
  readonly published: number;
  readonly ours: {
    readonly value: number;
    readonly images: number;
    readonly low: number;
    readonly high: number;
  } | null;
  readonly reason?: string;
}

/** @returns a row each, with the Wilson interval of 95 % of ours */
export const figureRows = (study: Study): FigureRow[] =>
  publishedFigures.map(({ id, what, meaning, published, step, ours }) => {
    const row = { id, what, meaning, published };
    const found = ours((one) => resultIn(study, one));
    if (!found) return { ...row, ours: null, reason: reasonIn(study, step)! };
    const { value, images } = found;
    const [low, high] = wilson(Math.round(value * images), images);
    return { ...row, ours: { value, images, low, high } };
  });

/** What a study that is not whole is, in a sentence; undefined for a whole one. */
export function shortened({ scale, dataset: { available, used } }: Study): string | undefined {
  if (scale === 1) return undefined;
  const count = ({ train, val, test }: Study['dataset']['used']) => (train + val + test).toLocaleString('en');
  return `Shortened by --scale ${scale}: ${count(used)} of the ${count(available)} images, and of each recipe's epochs the same share (one at least). Its numbers say that everything runs, and little about the recipes.`;
}

/** Everything, for `study.json` and `--json`. */
export function studyJson(study: Study) {
  const { rows, out: _, ...rest } = study;
  return {
    ...{ format: 1 as const, onward: version, ...rest },
    shortened: shortened(study) ?? null,
    figures: figureRows(study),
    steps: rows.map(({ step, result, ...row }) => ({
      ...{ name: step.name, what: step.what, ...row },
      ...(result !== undefined && { result: step.brief ? step.brief(result) : result }),
    })),
  };
}

export type StudyJson = ReturnType<typeof studyJson>;

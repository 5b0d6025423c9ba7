/** `recipe`: the recipe's own form. */
export const scheduleNames = ['recipe', 'constant', 'cosine', 'step', 'plateau'] as const;
export type ScheduleName = (typeof scheduleNames)[number];

/** A learning rate over a training: what it is when so much of it, 0..1, is done. */
export type Schedule = (progress: number) => number;

/**
 * Learning rate over a training: up in a straight line while warming up, then down along half a cosine to zero
 * (Loshchilov & Hutter, SGDR, arXiv:1608.03983, without restarts).
 * @param peak the highest rate
 * @param warmup the share of the training, 0..1, in which it rises
 */
export function warmupCosine({ peak, warmup }: { peak: number; warmup: number }): Schedule {
  return (progress) => {
    if (progress < warmup) return peak * Math.max(progress / warmup, 0.02);
    return peak * 0.5 * (1 + Math.cos((Math.PI * (progress - warmup)) / (1 - warmup)));
  };
}

/** The same rate all the time. */
export const constant =
  ({ peak }: { peak: number }): Schedule =>
  () =>
    peak;

/**
 * Times `factor` after every share `every` (0..1) of the training.
 * @param every 1/3: twice, after a third and after two thirds
 */
export const stepDecay =
  ({ peak, every, factor }: { peak: number; every: number; factor: number }): Schedule =>
  (progress) =>
    // Progress is a fraction of steps: 2/3 of it may come as a little less.
    peak * factor ** Math.floor(progress / every + 1e-9);

/** The highest rate of a schedule, to a thousandth of the training. */
export const peakOf = (schedule: Schedule): number =>
  Math.max(...Array.from({ length: 1001 }, (_, i) => schedule(i / 1000)));

/** A schedule of the same form with another peak. */
export function scaledTo(schedule: Schedule, peak: number): Schedule {
  const factor = peak / peakOf(schedule);
  return (progress) => schedule(progress) * factor;
}

export interface Plateau {
  /** Epochs without a smaller loss before the rate falls. */
  readonly patience: number;
  readonly factor: number;
  /** By how much a loss must be smaller to be that. */
  readonly minDelta: number;
}

/**
 * What the learning rate is multiplied with after these losses in validation: times `factor` whenever the loss has not got
 * smaller for `patience` epochs. A function of the past alone, so that a training that goes on goes on with the same rate.
 */
export function plateauFactor(losses: readonly number[], { patience, factor, minDelta }: Plateau): number {
  let [scale, least, waited] = [1, Number.POSITIVE_INFINITY, 0];
  for (const loss of losses) {
    if (loss < least - minDelta) {
      [least, waited] = [loss, 0];
    } else if (++waited >= patience) {
      [scale, waited] = [scale * factor, 0];
    }
  }
  return scale;
}

/** Whether the last `patience` losses brought nothing smaller by more than `minDelta`. Never with a patience of 0. */
export function outOfPatience(losses: readonly number[], patience: number, minDelta: number): boolean {
  if (patience === 0) return false;
  let [least, waited] = [Number.POSITIVE_INFINITY, 0];
  for (const loss of losses) {
    if (loss < least - minDelta) [least, waited] = [loss, 0];
    else waited++;
  }
  return waited >= patience;
}

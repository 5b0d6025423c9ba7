import type { EngineName } from '../runtime/engines/index.js';

/** What `POST /classify` answers. */
export interface Answer {
  /** The class with the largest probability. */
  readonly label: string;
  /** Its place in `labels`. */
  readonly index: number;
  readonly probability: number;
  /** One a class, in the order of `labels`; float32 values. */
  readonly probabilities: readonly number[];
  readonly labels: readonly string[];
  readonly engine: EngineName;
  /** Decoding, fitting and inference together, in the worker; waiting and sending are not in it. */
  readonly milliseconds: number;
}

export interface Prediction {
  /** float32 `[classes]` */
  readonly probabilities: Float32Array;
  readonly milliseconds: number;
}

export function answerOf(
  { probabilities, milliseconds }: Prediction,
  labels: readonly string[],
  engine: EngineName,
): Answer {
  let index = 0;
  for (let i = 1; i < probabilities.length; i++) if (probabilities[i]! > probabilities[index]!) index = i;
  return {
    label: labels[index]!,
    index,
    probability: probabilities[index]!,
    probabilities: Array.from(probabilities),
    labels,
    engine,
    milliseconds: Math.round(milliseconds * 1000) / 1000,
  };
}

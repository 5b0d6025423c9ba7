import { HTTPException } from 'hono/http-exception';
import type { Answer, Chance } from '../protocol/index.js';
import type { EngineName } from '../runtime/engines/index.js';

export interface AnswerOptions {
  readonly labels: readonly string[];
  readonly engine: EngineName;
  readonly milliseconds: number;
  readonly top?: number | undefined;
}

/** @throws HTTPException 422 where the model gave something that is no number */
export function answerOf(probabilities: Float32Array, { labels, engine, milliseconds, top }: AnswerOptions): Answer {
  const wrong = probabilities.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new HTTPException(422, {
      message: `expected a probability for each class, but the model gives ${probabilities[wrong]} for "${labels[wrong]}" of this image`,
    });
  }
  const time = Math.round(milliseconds * 1000) / 1000;
  const chance = (index: number): Chance => ({ label: labels[index]!, index, probability: probabilities[index]! });
  if (top !== undefined) {
    const best = likeliest(probabilities, top).map(chance);
    const { label, index, probability } = best[0]!;
    return { label, index, probability, top: best, engine, milliseconds: time };
  }
  const { label, index, probability } = chance(likeliest(probabilities, 1)[0]!);
  return { label, index, probability, probabilities: Array.from(probabilities), labels, engine, milliseconds: time };
}

/** Where the largest values are, the largest first; of equal ones the first. */
export function likeliest(values: ArrayLike<number>, count: number): number[] {
  if (count === 1) {
    let best = 0;
    for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
    return [best];
  }
  return Array.from({ length: values.length }, (_, i) => i)
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, count);
}

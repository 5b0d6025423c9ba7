import type { Scored } from './scored.js';
import { sortNumbers } from './sort-numbers.js';

/** The probabilities that images got for a class, ascending: of its own images, and of all others. */
export function ranks({ classes, labels, probabilities, support }: Scored, c: number) {
  const own = new Float32Array(support[c]!);
  const rest = new Float32Array(labels.length - own.length);
  let [i, j] = [0, 0];
  for (let image = 0; image < labels.length; image++) {
    const p = probabilities[image * classes.length + c]!;
    if (labels[image] === c) own[i++] = p;
    else rest[j++] = p;
  }
  return { own: sortNumbers(own), rest: sortNumbers(rest) };
}

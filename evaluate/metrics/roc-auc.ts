import { ranks } from './ranks.js';
import { meanOf, type Scored } from './scored.js';

/**
 * The area under the receiver operating characteristic, one class against the rest: how often an image of the class gets a
 * higher probability for it than one of another class, ties counting half (Hanley and McNeil, Radiology 143, 1982). A class
 * with all images or none has no such area: null. `macro` is the mean of the others.
 */
export function rocAuc(scored: Scored): {
  readonly macro: number | null;
  readonly classes: readonly (number | null)[];
} {
  const classes = scored.classes.map((_, c) => {
    const { own, rest } = ranks(scored, c);
    if (own.length === 0 || rest.length === 0) return null;
    let [above, below, equal] = [0, 0, 0];
    for (const value of own) {
      while (below < rest.length && rest[below]! < value) below++;
      equal = Math.max(equal, below);
      while (equal < rest.length && rest[equal]! === value) equal++;
      above += below + (equal - below) / 2;
    }
    return above / (own.length * rest.length);
  });
  return { macro: meanOf(classes.filter((area) => area !== null)), classes };
}

import { confidenceBin, confidenceBins, type PredictionCounts } from '../../runtime/model/index.js';

/** Images that are looked at together, the latest; with fewer than the least of them chance alone looks like a drift. */
const [windowSize, least] = [1000, 100];

/** How far what a model says of the latest images is from what it said of its validation images. */
export interface Drift {
  add(best: number, probability: number): void;
  /** Population stability indices; undefined until there are enough images. */
  values(): { readonly classes: number; readonly confidence: number } | undefined;
}

export function createDrift({ classes, confidence }: PredictionCounts): Drift {
  const latest: (readonly [number, number])[] = [];
  const seen = { classes: new Float64Array(classes.length), confidence: new Float64Array(confidenceBins) };
  let at = 0;
  return {
    add(best, probability) {
      const bin = confidenceBin(probability);
      const old = latest[at];
      if (old) {
        seen.classes[old[0]]!--;
        seen.confidence[old[1]]!--;
      }
      latest[at] = [best, bin];
      seen.classes[best]!++;
      seen.confidence[bin]!++;
      at = (at + 1) % windowSize;
    },
    values() {
      if (latest.length < least) return undefined;
      return {
        classes: stabilityIndex(classes, seen.classes),
        confidence: stabilityIndex(confidence, seen.confidence),
      };
    },
  };
}

/**
 * The population stability index of two lists of counts: the sum of (q - p) ln(q / p) over their shares, each count half of one
 * higher so that none is zero (Siddiqi, Credit Risk Scorecards, 2006; it is the symmetric divergence of Jeffreys).
 */
export function stabilityIndex(before: ArrayLike<number>, now: ArrayLike<number>): number {
  const shares = (counts: ArrayLike<number>) => {
    const raised = Array.from(counts, (count) => count + 0.5);
    const sum = raised.reduce((a, b) => a + b, 0);
    return raised.map((count) => count / sum);
  };
  const [p, q] = [shares(before), shares(now)];
  return p.reduce((sum, share, i) => sum + (q[i]! - share) * Math.log(q[i]! / share), 0);
}

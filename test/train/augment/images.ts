import { type Random, random } from 'onward/common';

/** A smooth picture with some noise: what an edge filter or a resampling does to it shows. */
export function picture([height, width, channels]: readonly [number, number, number], seed = 1): Uint8Array {
  const stream = random('picture', seed);
  const image = new Uint8Array(height * width * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++, i++) {
        image[i] = 120 + 70 * Math.sin(y / 3 + c) + 45 * Math.cos(x / (2 + c)) + stream.below(20);
      }
    }
  }
  return image;
}

/** A stream that draws these fractions of its ranges, one after another. */
export function drawing(...fractions: readonly number[]): Random {
  let at = 0;
  const next = () => {
    const fraction = fractions[at++];
    if (fraction === undefined) throw new Error(`expected at most ${fractions.length} draws`);
    return fraction;
  };
  return {
    next,
    below: (n) => Math.floor(next() * n),
    between: (low, high) => low + next() * (high - low),
    permutation: () => {
      throw new Error('no permutations here');
    },
  };
}

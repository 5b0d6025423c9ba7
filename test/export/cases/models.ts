import type { SymbolicTensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { tf, withWeights } from '../networks.js';
import { branch, type Case, image } from './case.js';

export interface Drawn {
  readonly args: unknown;
  /** Of the input, without the batch. */
  readonly dims: number[];
  /** After a convolution, which leaves the channels first, and not after the input itself. */
  readonly isMoved: boolean;
  readonly seed: number;
}

/** What a case's models are made of. */
export const draws = ({ args, shape = image }: Case<unknown>): fc.Arbitrary<Drawn> =>
  args.chain((args) =>
    fc.record({
      args: fc.constant(args),
      dims: typeof shape === 'function' ? shape(args) : shape,
      isMoved: fc.boolean(),
      seed: fc.integer({ min: 1, max: 1000 }),
    }),
  );

/** A case's model with weights, and the part of it before the layer. */
export function modelsOf(each: Case<unknown>, { args, dims, isMoved, seed }: Drawn) {
  const input = tf.input({ shape: dims }) as SymbolicTensor;
  const value = isMoved && !each.isFirst ? branch(input) : input;
  const model = withWeights(tf.model({ inputs: input, outputs: each.apply(value, args) }), seed);
  return { model, before: tf.model({ inputs: input, outputs: value }) };
}

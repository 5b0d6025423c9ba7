import fc from 'fast-check';
import { tf } from '../networks.js';
import { after, any, type Cases, define, none, sequence } from './case.js';

const dropout = { shape: any, args: fc.record({ rate: fc.constantFrom(0, 0.3, 0.5) }) };

/** None of them does anything but in training. */
export const regularization: Cases = new Map([
  ['AlphaDropout', define({ ...dropout, apply: (x, args) => after(tf.layers.alphaDropout(args) as never, x) })],
  ['Dropout', define({ ...dropout, apply: (x, args) => after(tf.layers.dropout(args), x) })],
  ['GaussianDropout', define({ ...dropout, apply: (x, args) => after(tf.layers.gaussianDropout(args) as never, x) })],
  [
    'GaussianNoise',
    define({ shape: any, args: none, apply: (x) => after(tf.layers.gaussianNoise({ stddev: 1 }) as never, x) }),
  ],
  [
    'SpatialDropout1D',
    define({ ...dropout, shape: sequence, apply: (x, args) => after(tf.layers.spatialDropout1d(args), x) }),
  ],
]);

import fc from 'fast-check';
import { tf } from '../networks.js';
import {
  after,
  type Case,
  type Cases,
  dataFormat,
  define,
  defined,
  dense,
  few,
  image,
  inFormat,
  none,
  optional,
  padding,
  sequence,
  volume,
} from './case.js';

type Pool = (args: never) => Parameters<typeof after>[0];

const pool1d = (layer: Pool): Case<unknown> =>
  define({
    shape: sequence,
    args: fc.record({ poolSize: few, strides: optional(few), padding }),
    apply: (x, args) => after(layer(defined(args) as never), x),
  });

const pool2d = (layer: Pool): Case<unknown> =>
  define({
    shape: inFormat(image),
    args: fc.record({ poolSize: fc.tuple(few, few), strides: optional(fc.tuple(few, few)), padding, dataFormat }),
    apply: (x, args) => after(layer(defined(args) as never), x),
  });

const pool3d = (layer: Pool): Case<unknown> =>
  define({
    shape: inFormat(volume),
    args: fc
      .record({
        poolSize: fc.tuple(few, few, few),
        strides: optional(fc.tuple(few, few, few)),
        padding,
        dataFormat,
      })
      .map(dense),
    apply: (x, args) => after(layer(defined(args) as never), x),
  });

const global2d = (layer: Pool): Case<unknown> =>
  define({
    shape: inFormat(image),
    args: fc.record({ dataFormat }),
    apply: (x, args) => after(layer(args as never), x),
  });

const { layers } = tf;

export const pooling: Cases = new Map([
  ['AveragePooling1D', pool1d((args) => layers.averagePooling1d(args))],
  ['AveragePooling2D', pool2d((args) => layers.averagePooling2d(args))],
  ['AveragePooling3D', pool3d((args) => layers.averagePooling3d(args))],
  [
    'GlobalAveragePooling1D',
    define({ shape: sequence, args: none, apply: (x) => after(layers.globalAveragePooling1d(), x) }),
  ],
  ['GlobalAveragePooling2D', global2d((args) => layers.globalAveragePooling2d(args))],
  ['GlobalMaxPooling1D', define({ shape: sequence, args: none, apply: (x) => after(layers.globalMaxPooling1d(), x) })],
  ['GlobalMaxPooling2D', global2d((args) => layers.globalMaxPooling2d(args))],
  ['MaxPooling1D', pool1d((args) => layers.maxPooling1d(args))],
  ['MaxPooling2D', pool2d((args) => layers.maxPooling2d(args))],
  ['MaxPooling3D', pool3d((args) => layers.maxPooling3d(args))],
]);

import { subjects, trainingOf } from './train.js';

/** Those of `train` that take a minute in all: where calls of operations count, and not only their work. */
export const trainSmallBenchmark = trainingOf(
  'train-small',
  'the two small networks of `train`, native, against Keras and PyTorch',
  { native: subjects.filter(({ name }) => name !== 'simplenet'), wasm: [] },
);

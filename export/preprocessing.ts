import {
  type ImageShape,
  int,
  ints,
  leastRange,
  lumaWeights,
  type PreprocessingStep,
  preprocessedShape,
} from '../runtime/model/index.js';
import type { GraphBuilder } from './builder.js';
import { castTo } from './target/types.js';

/** Where steps are written: nodes and constants under `preprocessing/`. */
interface Writer {
  node: GraphBuilder['node'];
  /** A constant without axes, or with one for the channels. */
  constant(what: string, values: readonly number[]): string;
  integers: GraphBuilder['integers'];
}

/** The largest or smallest number, or the mean, of each image, as `[N, 1, 1, 1]`. */
const ofImage = { axes: ints([1, 2, 3]), keepdims: int(1) };

/** A step as nodes after `value`; the same operations in the same order as in runtime/model/preprocessing. */
function nodesOf(
  { node, constant, integers }: Writer,
  step: PreprocessingStep,
  value: string,
  [height, width, channels]: ImageShape,
): string {
  switch (step.kind) {
    case 'scale': {
      const scaled = node('Mul', 'preprocessing/scaled', [value, constant('scale', [step.scale])]);
      if (step.offset === 0) return scaled;
      return node('Add', 'preprocessing/shifted', [scaled, constant('offset', [step.offset])]);
    }
    case 'grayscale':
      // A product with a column: the channels come last.
      return node('MatMul', 'preprocessing/gray', [value, constant('luma', lumaWeights)]);
    case 'contrast': {
      const low = node('ReduceMin', 'preprocessing/low', [value], ofImage);
      const high = node('ReduceMax', 'preprocessing/high', [value], ofImage);
      const range = node('Max', 'preprocessing/range', [
        node('Sub', 'preprocessing/difference', [high, low]),
        constant('least range', [leastRange]),
      ]);
      const factor = node('Div', 'preprocessing/factor', [constant('white', [255]), range]);
      return node('Mul', 'preprocessing/stretched', [node('Sub', 'preprocessing/lowered', [value, low]), factor]);
    }
    case 'standardize': {
      const mean = node('ReduceMean', 'preprocessing/mean', [value], ofImage);
      const centred = node('Sub', 'preprocessing/centred', [value, mean]);
      const squares = node('Mul', 'preprocessing/squares', [centred, centred]);
      const variance = node('ReduceMean', 'preprocessing/variance', [squares], ofImage);
      const deviation = node('Max', 'preprocessing/deviation', [
        node('Sqrt', 'preprocessing/root', [variance]),
        constant('least deviation', [1 / Math.sqrt(height * width * channels)]),
      ]);
      return node('Div', 'preprocessing/standard', [centred, deviation]);
    }
    case 'normalize': {
      const centred = node('Sub', 'preprocessing/centred', [value, constant('mean', step.mean)]);
      return node('Div', 'preprocessing/normal', [centred, constant('std', step.std)]);
    }
    case 'reverse-channels': {
      const order = Array.from({ length: channels }, (_, c) => channels - 1 - c);
      const constants = integers('preprocessing/order', order);
      return node('Gather', 'preprocessing/reversed', [value, constants], { axis: int(3) });
    }
  }
}

/**
 * The steps of a preprocessing description as nodes, from the uint8 image on.
 * @param shape of the image
 * @returns the name of the float32 value, `[N, height, width, channels]` of what the steps make of that shape
 */
export function preprocessingNodes(
  builder: GraphBuilder,
  image: string,
  steps: readonly PreprocessingStep[],
  shape: ImageShape,
): string {
  const writer: Writer = {
    node: builder.node,
    integers: builder.integers,
    constant(what, values) {
      const dims = what === 'luma' ? [values.length, 1] : values.length === 1 ? [] : [values.length];
      return builder.floats(`preprocessing/${what}`, dims, Float32Array.from(values));
    },
  };
  let value = builder.node('Cast', 'preprocessing/float', [image], { to: int(castTo.float32) });
  for (const [i, step] of steps.entries()) {
    value = nodesOf(writer, step, value, preprocessedShape(shape, steps.slice(0, i)));
  }
  return value;
}

import type { SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { tf } from '../networks.js';

/** One layer class: models of it, drawn at random. */
export interface Case<Args> {
  /** Of the input, where the arguments do not matter to it; default an image. */
  readonly shape?: fc.Arbitrary<number[]> | ((args: Args) => fc.Arbitrary<number[]>);
  readonly args: fc.Arbitrary<Args>;
  /** Writes the layer after the input. */
  apply(input: SymbolicTensor, args: Args): SymbolicTensor;
  /** The numbers that enter; default between -1 and 1. */
  input?(length: number, args: Args): Float32Array;
  /** What the layer gives, where TensorFlow.js cannot run it in a model. */
  expected?(input: Tensor, args: Args): Tensor;
  /** The layer takes the input itself, nothing stands before it. */
  readonly isFirst?: boolean;
}

export type Cases = ReadonlyMap<string, Case<unknown>>;

export const define = <Args>(each: Case<Args>) => each as Case<unknown>;

/** A layer that takes one value and gives one. */
type Single = { apply(x: SymbolicTensor | SymbolicTensor[]): unknown };
export const after = (layer: Single, ...x: SymbolicTensor[]) =>
  layer.apply(x.length === 1 ? x[0]! : x) as SymbolicTensor;

export const side = fc.integer({ min: 5, max: 9 });
const channels = fc.constantFrom(1, 3, 5);
export const vector: fc.Arbitrary<number[]> = fc.integer({ min: 2, max: 9 }).map((n) => [n]);
export const sequence: fc.Arbitrary<number[]> = fc.tuple(side, channels);
export const image: fc.Arbitrary<number[]> = fc.tuple(side, side, channels);
export const volume: fc.Arbitrary<number[]> = fc.tuple(side, side, side, fc.constantFrom(1, 2, 3));
export const imageOrVector = fc.oneof(image, vector);
export const any = fc.oneof(vector, sequence, image, volume);

/** What is given and what is not. */
export const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** Arguments without those that are undefined, which TensorFlow.js takes for values. */
export const defined = <T extends object>(args: T) =>
  Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };

export const dataFormat = fc.constantFrom('channelsLast' as const, 'channelsFirst' as const);
/** Shapes as the layer sees them: channels first where it is told so. */
export const inFormat =
  (shapes: fc.Arbitrary<number[]>) =>
  ({ dataFormat }: { dataFormat?: string | undefined }) =>
    dataFormat === 'channelsFirst' ? shapes.map((dims) => [dims.at(-1)!, ...dims.slice(0, -1)]) : shapes;

export const padding = fc.constantFrom('same' as const, 'valid' as const);
/** Steps no longer than the windows: TensorFlow's backends do not agree on volumes where they are, with padding. */
export const dense = <
  T extends { kernelSize?: number[]; poolSize?: number[]; strides?: number[] | undefined; padding: string },
>(
  args: T,
): T =>
  args.padding === 'same' && args.strides
    ? { ...args, strides: args.strides.map((step, i) => Math.min(step, (args.kernelSize ?? args.poolSize)![i]!)) }
    : args;
export const few = fc.integer({ min: 1, max: 3 });
export const none = fc.constant({});

/** A value of the same shape in the order that convolutions give: channels first. */
export function branch(x: SymbolicTensor): SymbolicTensor {
  const filters = x.shape.at(-1)!;
  const layers = [
    () => tf.layers.dense({ units: filters }),
    () => tf.layers.conv1d({ filters, kernelSize: 1 }),
    () => tf.layers.conv2d({ filters, kernelSize: 1 }),
    () => tf.layers.conv3d({ filters, kernelSize: 1 }),
  ];
  return after(layers[x.shape.length - 2]!() as Single, x);
}

/** A value whose numbers lie in the order of a flattened image. */
export const flattened = (x: SymbolicTensor) =>
  x.shape.length === 2 ? branch(x) : after(tf.layers.flatten(), branch(x));

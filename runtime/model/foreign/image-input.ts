import type { GraphProto, ValueInfoProto } from 'onnx-buf';
import type { InputSpec, TensorInput } from '../contract.js';
import { maxPixels, maxSide } from '../metadata.js';
import { describeValue, quoted, tensorInfo } from '../protobuf.js';
import type { ClassifierDescription } from './description.js';
import { isSize, type Size } from './size.js';

/** And no more images at once. */
const maxBatch = 1_000_000;

const isChannels = (size: Size): size is 1 | 3 => size === 1 || size === 3;

function inputOf({ input, initializer }: GraphProto, wanted: string | undefined): ValueInfoProto {
  const constants = new Set(initializer.map((t) => t.name));
  const inputs = input.filter((value) => !constants.has(value.name));
  const found = wanted === undefined ? inputs[0] : inputs.find(({ name }) => name === wanted);
  if (wanted !== undefined && !found) {
    throw new Error(`its description says the input ${quoted(wanted)}, but its graph takes ${list(inputs)}`);
  }
  if (inputs.length !== 1) throw new Error(`expected one input with images, got ${inputs.length}`);
  return found!;
}

const list = (values: readonly ValueInfoProto[]) => values.map(describeValue).join(' and ') || 'nothing';

/** One or three numbers for so many channels. @throws Error for another count */
function each(what: string, values: readonly number[] | undefined, channels: number): readonly number[] | undefined {
  if (values === undefined || values.length === channels) return values;
  if (values.length === 1) return Array(channels).fill(values[0]);
  throw new Error(
    `its description says ${values.length} numbers as "${what}", but its images have ${channels} channels`,
  );
}

/**
 * How a graph takes images, from itself and from what is said of it.
 * @throws Error when the graph does not take one batch of images, is not as it is described, or its size is nowhere
 */
export function imageInput(
  graph: GraphProto,
  said: ClassifierDescription,
): { readonly tensor: TensorInput; readonly spec: InputSpec } {
  const value = inputOf(graph, said.input);
  const image = tensorInfo(value);
  if (image?.dims.length !== 4 || (image.type !== 'uint8' && image.type !== 'float32')) {
    throw new Error(`expected an input of uint8 or float32 with 4 dimensions, got ${describeValue(value)}`);
  }
  const { name, type, dims } = image;
  const layout = said.layout ?? (isChannels(dims[1]) ? 'NCHW' : 'NHWC');
  const [ownHeight, ownWidth, ownChannels] =
    layout === 'NCHW' ? [dims[2], dims[3], dims[1]] : [dims[1], dims[2], dims[3]];

  /** What the graph has, or else what is said; both must agree. */
  const agreed = (what: string, own: Size, described: number | undefined): Size => {
    if (described === undefined) return own;
    if (typeof own === 'number' && own !== described) {
      throw new Error(
        `its description says ${what} ${described}, but its graph takes ${describeValue(value)} as ${layout}`,
      );
    }
    return described;
  };
  const height = agreed('the height', ownHeight, said.height);
  const width = agreed('the width', ownWidth, said.width);
  const channels = agreed('channels', ownChannels, said.channels && (said.channels === 'gray' ? 1 : 3));
  const known = isChannels(channels) && isSize(height, maxSide) && isSize(width, maxSide);
  if (!known || height * width > maxPixels) {
    const open = [
      typeof height === 'number' ? '' : '"height"',
      typeof width === 'number' ? '' : '"width"',
      typeof channels === 'number' ? '' : '"channels"',
    ].filter(Boolean);
    const hint = open.length > 0 ? `; say ${open.join(' and ')} in a description of it` : '';
    throw new Error(
      `expected images of a fixed size with 1 or 3 channels, got ${describeValue(value)}${layout === 'NCHW' ? ' as NCHW' : ''}${hint}`,
    );
  }
  const mean = each('mean', said.mean, channels);
  const std = each('std', said.std, channels);
  if (type === 'uint8' && (mean ?? std ?? said.scale) !== undefined) {
    throw new Error('its description says "scale", "mean" or "std", but its graph takes bytes as they are');
  }
  const large = mean?.find((value) => Math.abs(value) > 3);
  if (large !== undefined && said.scale === undefined) {
    throw new Error(
      `its description says a "mean" of ${large} and no "scale": say "scale": 1 where it is taken off bytes (left out, bytes become 0..1 first)`,
    );
  }
  return {
    tensor: {
      ...{ name, type, layout, scale: type === 'float32' ? (said.scale ?? 1 / 255) : 1 },
      ...(mean && { mean }),
      ...(std && { std }),
      ...(said.channels === 'BGR' && { order: 'BGR' as const }),
      ...(isSize(dims[0], maxBatch) && { batch: dims[0] }),
    },
    spec: { width, height, channels, fit: said.fit ?? 'contain', background: said.background ?? [0, 0, 0] },
  };
}

import type { GraphProto, ModelProto } from 'onnx-buf';
import { OnwardError } from '../common/index.js';
import type { InputSpec, LoadedModel, TensorInput } from './contract.js';
import { maxPixels, maxSide } from './metadata.js';
import { operatorBehind } from './operator-behind.js';
import { precisionOf } from './precision.js';
import { describeValue, quoted, type TensorInfo, tensorInfo } from './protobuf.js';

/** More than any classifier has: a file that says more is damaged, and would only fill the memory with labels. */
const maxClasses = 1_000_000;

/** And no more images at once. */
const maxBatch = 1_000_000;

type Size = number | string | undefined;

/** Whether a dimension is fixed, and is a size that something can have. */
const isSize = (size: Size, most: number): size is number => typeof size === 'number' && size > 0 && size <= most;
const isChannels = (size: Size): size is 1 | 3 => size === 1 || size === 3;

/** @throws Error when the graph does not take one batch of images of a fixed size */
function imageInput({ input, initializer }: GraphProto): { tensor: TensorInput; spec: InputSpec } {
  const constants = new Set(initializer.map((t) => t.name));
  const inputs = input.filter((value) => !constants.has(value.name));
  if (inputs.length !== 1) throw new Error(`expected one input with images, got ${inputs.length}`);
  const image = tensorInfo(inputs[0]!);
  if (image?.dims.length !== 4 || (image.type !== 'uint8' && image.type !== 'float32')) {
    throw new Error(`expected an input of uint8 or float32 with 4 dimensions, got ${describeValue(inputs[0]!)}`);
  }
  const { name, type, dims } = image;
  const layout = isChannels(dims[1]) ? 'NCHW' : 'NHWC';
  const [height, width, channels] = layout === 'NCHW' ? [dims[2], dims[3], dims[1]] : [dims[1], dims[2], dims[3]];
  const fixed = isChannels(channels) && isSize(height, maxSide) && isSize(width, maxSide);
  if (!fixed || height * width > maxPixels) {
    throw new Error(`expected images of a fixed size with 1 or 3 channels, got ${describeValue(inputs[0]!)}`);
  }
  return {
    tensor: {
      name,
      type,
      layout,
      scale: type === 'float32' ? 1 / 255 : 1,
      ...(isSize(dims[0], maxBatch) && { batch: dims[0] }),
    },
    spec: { width, height, channels, fit: 'contain', background: [0, 0, 0] },
  };
}

/** @throws Error when it is not clear which output has a number for every class */
function classOutput({ node, output }: GraphProto): { name: string; classes: number; operator: string | undefined } {
  const nodes = node.map((n) => ({ op: n.opType, inputs: n.input, outputs: n.output }));
  const isScores = (info: TensorInfo | undefined): info is TensorInfo =>
    info?.type === 'float32' && info.dims.length === 2 && isSize(info.dims[1], maxClasses) && info.dims[1] >= 2;
  const scores = output.map(tensorInfo).filter(isScores);
  const softmax = scores.filter(({ name }) => operatorBehind(nodes, name) === 'Softmax');
  // What has several outputs and no softmax among them may be a detector as well as a classifier with an embedding.
  const chosen = softmax[0] ?? (output.length === 1 ? scores[0] : undefined);
  if (!chosen || softmax.length > 1) {
    throw new Error(
      `expected one float32 output [N, classes] with at least 2 classes, or of several outputs one that a Softmax computes, got ${output.map(describeValue).join(', ') || 'none'}`,
    );
  }
  const operator = operatorBehind(nodes, chosen.name);
  if (operator === 'Sigmoid' || operator === 'HardSigmoid') {
    throw new Error(
      `its output ${quoted(chosen.name)} comes from a ${operator}, which gives each class a probability of its own, and a classifier gives one for all of them`,
    );
  }
  return { name: chosen.name, classes: chosen.dims[1] as number, operator };
}

/**
 * An ONNX file that is not ours, read as an image classifier: what it does not say is guessed, and every guess is listed.
 * @throws OnwardError kind `input` when it has no image input or no output with a number for every class
 */
export function foreignModel(model: ModelProto, bytes: Uint8Array<ArrayBuffer>, name: string): LoadedModel {
  const graph = model.graph!;
  try {
    const { tensor, spec } = imageInput(graph);
    const { classes, operator, ...output } = classOutput(graph);
    const kind = operator === 'Softmax' ? 'probabilities' : 'logits';
    return {
      name,
      bytes,
      input: spec,
      tensor,
      output: { name: output.name, kind },
      labels: Array.from({ length: classes }, (_, i) => String(i)),
      precision: precisionOf(graph),
      provenance: {},
      golden: undefined,
      digest: undefined,
      guesses: [
        'it has no onward metadata: no labels, no digest and no golden samples, so nothing proves what it predicts',
        `images are taken as ${tensor.layout}${tensor.type === 'float32' ? ' scaled to 0..1' : ''}, fitted whole on black`,
        ...(kind === 'logits'
          ? [`the output ${quoted(output.name)} is taken as logits (it comes from ${operator ?? 'nowhere'})`]
          : []),
      ],
    };
  } catch (cause) {
    throw new OnwardError('input', `${name}: it is not an image classifier: ${(cause as Error).message}`, { cause });
  }
}

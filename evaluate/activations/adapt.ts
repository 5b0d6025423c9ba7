import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  NodeProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType as TensorType,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import {
  decodeModel,
  encodeProto,
  type LoadedModel,
  loadModel,
  opsetOf,
  type PreprocessingStep,
  renameValues,
  usualSteps,
  valueNames,
} from '../../runtime/model/index.js';

/** What a person says of a file that does not say it itself. */
export interface SaidOfModel {
  /** Of the images that it takes. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  /** How images are prepared for it. */
  readonly preprocess?: keyof typeof usualSteps | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly allowAltered?: boolean | undefined;
}

/** The input with the images: the one that no constant fills. */
function imageInput({ input, initializer }: GraphProto) {
  const constants = new Set(initializer.map(({ name }) => name));
  return input.find(({ name }) => !constants.has(name));
}

const dimsOf = (value: ReturnType<typeof imageInput>) =>
  value?.type?.value.case === 'tensorType' ? (value.type.value.value.shape?.dim ?? []) : [];

/** Writes a size over one that is left open. */
function fixSize(graph: GraphProto, { width, height }: { width: number; height: number }, name: string): void {
  const dims = dimsOf(imageInput(graph));
  const fixed = dims.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : undefined));
  const isFirst = fixed[1] === 1 || fixed[1] === 3;
  const sides = isFirst ? ([2, 3] as const) : ([1, 2] as const);
  if (dims.length !== 4) {
    throw new OnwardError('input', `${name}: expected an input of images with 4 dimensions, got ${dims.length}`);
  }
  for (const [i, side] of sides.entries()) {
    const wanted = [height, width][i]!;
    const there = fixed[side];
    if (there !== undefined && there > 0 && there !== wanted) {
      throw new OnwardError(
        'usage',
        `--size: ${name} takes images of ${fixed[sides[1]]}x${fixed[sides[0]]} and no others; leave it out`,
      );
    }
    dims[side]!.value = { case: 'dimValue', value: BigInt(wanted) };
  }
  // What was noted of inner values was for open sizes.
  graph.valueInfo = [];
}

/** The steps as one multiplication and one addition a channel, on numbers from 0 to 1, and whether channels are turned round. */
function affineOf(steps: readonly PreprocessingStep[]) {
  let [scale, offset] = [
    [255, 255, 255],
    [0, 0, 0],
  ];
  let isReversed = false;
  for (const step of steps) {
    if (step.kind === 'reverse-channels') isReversed = true;
    if (step.kind === 'scale') {
      scale = scale.map((x) => x * step.scale);
      offset = offset.map((x) => x * step.scale + step.offset);
    }
    if (step.kind === 'normalize') {
      scale = scale.map((x, c) => x / step.std[c % step.std.length]!);
      offset = offset.map((x, c) => (x - step.mean[c % step.mean.length]!) / step.std[c % step.std.length]!);
    }
  }
  return { scale, offset, isReversed };
}

/** Puts the preparation before the graph, whose input then takes numbers from 0 to 1. */
function prepare(graph: GraphProto, how: keyof typeof usualSteps, name: string): void {
  const input = imageInput(graph);
  const type = input?.type?.value.case === 'tensorType' ? input.type.value.value.elemType : undefined;
  const dims = dimsOf(input).map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : undefined));
  const isFirst = dims[1] === 1 || dims[1] === 3;
  const channels = isFirst ? dims[1] : dims[3];
  if (type !== TensorType.FLOAT || (channels !== 1 && channels !== 3)) {
    throw new OnwardError(
      'usage',
      `--preprocess: ${name} does not take float32 images of 1 or 3 channels; leave it out`,
    );
  }
  const { scale, offset, isReversed } = affineOf(usualSteps[how]);
  const taken = valueNames(graph);
  let inner = 'prepared';
  while (taken.has(inner)) inner += '_';
  const given = input!.name;
  renameValues(graph, new Map([[given, inner]]));
  imageInput(graph)!.name = given;
  const shape = (isFirst ? [1, channels, 1, 1] : [1, 1, 1, channels]).map(BigInt);
  const constant = (what: string, values: readonly number[]) => {
    const floatData = [...values.slice(0, channels)];
    graph.initializer.push(
      create(TensorProtoSchema, { name: `${inner}/${what}`, dims: shape, dataType: TensorType.FLOAT, floatData }),
    );
    return `${inner}/${what}`;
  };
  let at = given;
  const nodes: GraphProto['node'] = [];
  const node = (opType: string, inputs: string[], output: string, axis?: number) => {
    const attribute = axis === undefined ? [] : [{ name: 'axis', type: AttributeType.INT, i: BigInt(axis) }];
    nodes.push(create(NodeProtoSchema, { name: output, opType, input: inputs, output: [output], attribute }));
    at = output;
  };
  if (isReversed && channels === 3) {
    const int64Data = [2n, 1n, 0n];
    graph.initializer.push(
      create(TensorProtoSchema, { name: `${inner}/order`, dims: [3n], dataType: TensorType.INT64, int64Data }),
    );
    node('Gather', [at, `${inner}/order`], `${inner}/reversed`, isFirst ? 1 : 3);
  }
  node('Mul', [at, constant('scale', scale)], `${inner}/scaled`);
  node('Add', [at, constant('offset', offset)], inner);
  graph.node.unshift(...nodes);
}

/** What `loadModel` says of a graph whose outputs are no classes, or a class each by itself. */
const isNoClassifier = (error: unknown) =>
  /expected one float32 output|comes from a (?:Hard)?Sigmoid/.test(messageOf(error));

/** Numbers of two classes that mean nothing in the place of the outputs, so that the rest of the graph can be run like any. */
function withoutClasses(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const model = decodeModel(bytes);
  const graph = model.graph!;
  const add = (op: string, input: string[], settings: { [name: string]: number | number[] } = {}) => {
    const name = `no classes/${op}`;
    const attribute = Object.entries(settings).map(([key, value]) =>
      typeof value === 'number'
        ? { name: key, type: AttributeType.INT, i: BigInt(value) }
        : { name: key, type: AttributeType.INTS, ints: value.map(BigInt) },
    );
    graph.node.push(create(NodeProtoSchema, { name, opType: op, input, output: [name], attribute }));
    return name;
  };
  const flat = add('Flatten', [add('Cast', [graph.output[0]!.name], { to: TensorType.FLOAT })], { axis: 1 });
  const axes = 'no classes/axes';
  // Opset 13 made the axes an input.
  const isInput = opsetOf(model) >= 13;
  if (isInput) {
    const tensor = { name: axes, dims: [1n], dataType: TensorType.INT64, int64Data: [1n] };
    graph.initializer.push(create(TensorProtoSchema, tensor));
  }
  const sum = add('ReduceSum', isInput ? [flat, axes] : [flat], isInput ? { keepdims: 1 } : { axes: [1], keepdims: 1 });
  const end = add('Softmax', [add('Concat', [sum, sum], { axis: 1 })], { axis: 1 });
  const dim = [
    { value: { case: 'dimParam' as const, value: 'N' } },
    { value: { case: 'dimValue' as const, value: 2n } },
  ];
  graph.output = [
    create(ValueInfoProtoSchema, {
      name: end,
      type: { value: { case: 'tensorType', value: { elemType: TensorType.FLOAT, shape: { dim } } } },
    }),
  ];
  return encodeProto(model);
}

/** Whether a model that was loaded to be looked into says classes; else its labels are empty. */
export const saysClasses = ({ labels }: Pick<LoadedModel, 'labels'>): boolean => labels.some((label) => label !== '');

/**
 * A model to look into: ours as it is; somebody else's with what a person says of it.
 * @throws OnwardError kind `usage` for what the file says itself; `input` that asks for what it does not say
 */
export function modelAsSaid(bytes: Uint8Array<ArrayBuffer>, name: string, said: SaidOfModel): LoadedModel {
  const { size, preprocess, labels, allowAltered = false } = said;
  const as = (content: Uint8Array<ArrayBuffer>): LoadedModel => {
    try {
      return loadModel(content, { name, allowAltered });
    } catch (error) {
      if (!isNoClassifier(error) || labels) throw error;
      const model = loadModel(withoutClasses(content), { name, allowAltered });
      const guesses = [
        'its outputs are not the classes of an image, so feature maps are all that is shown',
        ...model.guesses.slice(1, 2),
      ];
      return { ...model, labels: ['', ''], guesses };
    }
  };
  const named = (model: LoadedModel): LoadedModel => {
    if (!labels) return model;
    if (labels.length === model.labels.length) return { ...model, labels };
    throw new OnwardError(
      'input',
      `--labels: expected ${model.labels.length} names, one for each output of ${name}, got ${labels.length}`,
    );
  };
  if (!size && !preprocess) {
    try {
      return named(as(bytes));
    } catch (error) {
      if (!/expected images of a fixed size/.test(messageOf(error))) throw error;
      throw new OnwardError(
        'input',
        `${messageOf(error)}; its graph leaves the size open: say it with --size 224x224`,
        {
          cause: error,
        },
      );
    }
  }
  let model: ReturnType<typeof decodeModel>;
  try {
    model = decodeModel(bytes);
  } catch {
    // Says why it cannot be read.
    return as(bytes);
  }
  const given = size ? '--size' : '--preprocess';
  if (model.metadataProps.some(({ key }) => key.startsWith('onward.')) || !model.graph) {
    throw new OnwardError('usage', `${given}: ${name} says itself what images it takes; leave it out`);
  }
  if (size) fixSize(model.graph, size, name);
  if (preprocess) prepare(model.graph, preprocess, name);
  const loaded = named(as(encodeProto(model)));
  if (!preprocess) return loaded;
  const guesses = loaded.guesses.map((guess) =>
    guess.includes('scaled to 0..1') ? `images are prepared as ${preprocess}, as --preprocess says` : guess,
  );
  return { ...loaded, guesses };
}

import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { messageOf, OnwardError, unknownName } from '../../runtime/common/index.js';
import type { PreprocessingStep } from '../../runtime/model/index.js';
import type { Recipe } from '../recipe.js';
import type { Stage } from '../unfreezing.js';
import { headRecipe, withHead } from './fine-tuned.js';

type Layer = LayersModel['layers'][number];

/** A layers model out of somebody's file, as TensorFlow.js takes it. */
export interface BackboneFile {
  /** For messages: its path. */
  readonly name: string;
  /** Of the file, or of all its files: 64 hex digits. */
  readonly sha256: string;
  readonly modelTopology: object;
  readonly weightSpecs: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: string }[];
  readonly weightData: Uint8Array;
}

export interface OpenBackboneOptions {
  /** Of the recipe: where its runs go, and what files say of themselves. */
  readonly name: string;
  readonly preprocessing: readonly PreprocessingStep[];
  /** The layer after which the head begins. Default: the one before the classifier. */
  readonly cut?: string | undefined;
}

/** A recipe on somebody's network, and what that takes. */
export interface OpenedBackbone {
  readonly recipe: Recipe;
  readonly cut: string;
  /** What the layer gives, without the batch. */
  readonly cutShape: readonly (number | null)[];
  /** Of its images; null where it takes any. */
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: 1 | 3;
}

/** One call of a layer in a network whose inner networks are laid open. */
interface Call {
  readonly layer: Layer;
  /** Their places in the list; -1: the image. */
  readonly inputs: readonly number[];
  readonly shape: readonly (number | null)[];
}

interface Inner {
  readonly inboundNodes: readonly {
    readonly inputTensors: SymbolicTensor[];
    readonly outputTensors: SymbolicTensor[];
  }[];
}

/** The calls that lead to a model's output, each after those that it needs, those in models in it among them. */
function openUp(model: LayersModel): Call[] {
  const calls: Call[] = [];
  /** @param known places of tensors, by their ids; of a model in it, those of each of its calls */
  const visit = (tensor: SymbolicTensor, known: Map<number, number>): number => {
    const before = known.get(tensor.id);
    if (before !== undefined) return before;
    const layer = tensor.sourceLayer as Layer;
    const node = (layer as unknown as Inner).inboundNodes[tensor.nodeIndex]!;
    const inputs = node.inputTensors.map((each) => visit(each, known));
    let place: number;
    if ((layer as LayersModel).layers) {
      const inner = layer as LayersModel;
      const within = new Map(inner.inputs.map((each, i) => [each.id, inputs[i]!]));
      place = visit(inner.outputs[tensor.tensorIndex]!, within);
    } else {
      place = calls.push({ layer, inputs, shape: tensor.shape.slice(1) }) - 1;
    }
    known.set(tensor.id, place);
    return place;
  };
  visit(model.outputs[0]!, new Map([[model.inputs[0]!.id, -1]]));
  return calls;
}

const isMap = ({ shape }: Call) => shape.length === 3 && !(shape[0] === 1 && shape[1] === 1);
const isWeighty = ({ layer }: Call) => layer.weights.length > 0;
const isSoftmax = ({ layer }: Call) =>
  layer.getClassName() === 'Softmax' || (layer.getConfig().activation as unknown) === 'softmax';

/**
 * The place after which the classifier begins: the last feature map; where a convolution gives the classes as maps (as in
 * SqueezeNet), what goes into that; in a network without feature maps, what goes into the last layer with weights.
 */
function findCut(calls: readonly Call[]): number {
  const map = calls.findLastIndex(isMap);
  const after = calls.slice(map + 1);
  if (map >= 0 && (after.some(isWeighty) || !after.some(isSoftmax))) return map;
  const last = calls.findLastIndex(isWeighty);
  return last < 0 ? calls.length - 1 : calls[last]!.inputs[0]!;
}

/** The calls that lead to one. */
function leadingTo(calls: readonly Call[], cut: number): number[] {
  const needed = new Set([cut]);
  for (let i = cut; i >= 0; i--) if (needed.has(i)) for (const input of calls[i]!.inputs) needed.add(input);
  return calls.map((_, i) => i).filter((i) => needed.has(i));
}

/** From the top down: where feature maps get smaller, a stage ends. */
function stagesOf(
  made: readonly { readonly name: string; readonly shape: readonly (number | null)[]; readonly weighty: boolean }[],
): Stage[] {
  const stages: { name: string; layers: string[]; weighty: boolean }[] = [];
  let smallest = Number.POSITIVE_INFINITY;
  for (const { name, shape, weighty } of made) {
    const isFlat = shape.length !== 3 || (shape[0] === 1 && shape[1] === 1);
    const size = isFlat ? smallest : shape[0]! * shape[1]!;
    // Without maps, every layer with weights is one.
    const begins = size < smallest || (shape.length === 1 && smallest === Number.POSITIVE_INFINITY && weighty);
    const last = stages.at(-1);
    if (!last || (begins && last.weighty)) {
      stages.push({ name: isFlat ? name : `${shape[0]}x${shape[1]}`, layers: [name], weighty });
    } else {
      last.layers.push(name);
      if (begins && !isFlat) last.name = `${shape[0]}x${shape[1]}`;
      last.weighty ||= weighty;
    }
    smallest = Math.min(smallest, size);
  }
  return stages.reverse().map(({ name, layers }) => ({ name, layers }));
}

async function load(tf: TensorFlow, file: BackboneFile): Promise<LayersModel> {
  const { modelTopology, weightSpecs, weightData } = file;
  try {
    return await tf.loadLayersModel({
      load: async () => ({
        modelTopology,
        weightSpecs: weightSpecs as import('@tensorflow/tfjs').io.WeightsManifestEntry[],
        weightData: new Uint8Array(weightData).buffer,
      }),
    });
  } catch (cause) {
    throw new OnwardError(
      'input',
      `${file.name}: TensorFlow.js cannot load it to train it further (${messageOf(cause).replace(/\s+/g, ' ')}); give a model of layers that it has, or a backbone by name with --weights`,
      { cause },
    );
  }
}

/** @returns what the model's images are @throws OnwardError kind `input` for a model of something else */
function imagesOf(name: string, model: LayersModel): Pick<OpenedBackbone, 'height' | 'width' | 'channels'> {
  const shape = model.inputs[0]!.shape;
  const [, height = null, width = null, channels] = shape;
  const isImage = model.inputs.length === 1 && shape.length === 4 && (channels === 1 || channels === 3);
  if (isImage) return { height, width, channels };
  throw new OnwardError(
    'input',
    `${name}: expected a network with one input of images [height, width, 1 or 3], got ${model.inputs.map((input) => `[${input.shape.slice(1).join(', ')}]`).join(' and ')}; give another backbone`,
  );
}

/** @throws OnwardError kind `usage` with the closest name */
function placeOf(calls: readonly Call[], cut: string): number {
  // Of a network in a network, `inner.layer`; `layer` alone where it is the only one.
  const exact = calls.findLastIndex(({ layer }) => layer.name === cut);
  const within = calls.flatMap(({ layer }, i) => (layer.name.endsWith(`.${cut}`) ? [i] : []));
  const place = exact >= 0 ? exact : within.length === 1 ? within[0]! : -1;
  if (place >= 0) return place;
  const names = calls.map(({ layer }) => layer.name);
  throw new OnwardError('usage', `--cut: ${unknownName('layer', cut, names)}`);
}

/**
 * A recipe that trains a new head on the lower part of somebody's network, and then, stage after stage, that part.
 * @throws OnwardError kind `input`: TensorFlow.js has not all of its layers, it is not for images; `usage`: no such layer
 */
export async function openBackboneFile(
  tf: TensorFlow,
  file: BackboneFile,
  { name, preprocessing, cut: wanted }: OpenBackboneOptions,
): Promise<OpenedBackbone> {
  const model = await load(tf, file);
  const images = imagesOf(file.name, model);
  const calls = openUp(model);
  const cut = wanted === undefined ? findCut(calls) : placeOf(calls, wanted);
  const end = calls[cut];
  if (!end || ![1, 3].includes(end.shape.length)) {
    throw new OnwardError(
      'input',
      `${file.name}: expected a layer that gives a feature map or a row of features to cut at, got ${end ? `${end.layer.name}, which gives [${end.shape.join(', ')}]` : 'none'}; name one with --cut`,
    );
  }
  const kept = leadingTo(calls, cut);
  const cutName = end.layer.name;
  /** Of the network that was built last: sizes, and so stages, are those of its images. */
  let stages: Stage[] = [];
  const recipe: Recipe = {
    ...headRecipe,
    name,
    description: `a new head on ${name}`,
    channels: images.channels,
    preprocessing: () => preprocessing,
    backbone: {
      name,
      cut: cutName,
      weights: { file: file.name.split(/[\\/]/).at(-1)!, sha256: file.sha256, published: false },
    },
    build(tf, { shape, classes, seed }) {
      const input = tf.input({
        shape: [...shape],
        name: kept.some((i) => calls[i]!.layer.name === 'image') ? 'image_2' : 'image',
      });
      const copies = new Map<Layer, Layer>();
      const values = new Map<number, SymbolicTensor>([[-1, input]]);
      const made: { name: string; shape: readonly (number | null)[]; weighty: boolean }[] = [];
      for (const i of kept) {
        const { layer, inputs } = calls[i]!;
        const copy = copies.get(layer) ?? copyOf(layer);
        copies.set(layer, copy);
        const given = inputs.map((place) => values.get(place)!);
        const value = applied(file.name, shape, copy, given.length === 1 ? given[0]! : given);
        values.set(i, value);
        made.push({ name: copy.name, shape: value.shape.slice(1), weighty: layer.weights.length > 0 });
      }
      for (const [layer, copy] of copies) copyWeights(tf, file.name, shape, layer, copy);
      stages = stagesOf(made);
      return withHead(tf, { input, value: values.get(cut)!, classes, seed, name: name.replace(/[^\w]/g, '_') });
    },
    stages: () => stages,
  };
  return { recipe, cut: cutName, cutShape: end.shape, ...images };
}

/** A layer with the same settings, and no weights yet. */
function copyOf(layer: Layer): Layer {
  const made = layer as unknown as { constructor: { fromConfig(cls: unknown, config: unknown): Layer } };
  const { batchInputShape: _, ...config } = layer.getConfig();
  return made.constructor.fromConfig(made.constructor, config);
}

const takesNone = (name: string, [height, width]: readonly number[], why: string, cause?: unknown) =>
  new OnwardError(
    'input',
    `${name} takes no images of ${width}x${height}: ${why}; give another --size, or another --cut`,
    { cause },
  );

/** @throws OnwardError kind `input` for weights of another shape: those of a dense layer are for images of one size */
function copyWeights(tf: TensorFlow, name: string, shape: readonly number[], from: Layer, to: Layer): void {
  for (const [i, weight] of from.weights.entries()) {
    const [given, needed] = [weight, to.weights[i]!].map((each) => each.shape.join('x'));
    if (given !== needed)
      throw takesNone(name, shape, `${from.name} has weights of ${given}, and would need ${needed}`);
    tf.tidy(() => {
      to.weights[i]!.write(weight.read().clone());
    });
  }
}

/** @throws OnwardError kind `input` for a network that takes no images of this size */
function applied(
  name: string,
  shape: readonly number[],
  layer: Layer,
  inputs: SymbolicTensor | SymbolicTensor[],
): SymbolicTensor {
  try {
    const value = layer.apply(inputs) as SymbolicTensor | SymbolicTensor[];
    const sides = [value].flat()[0]!.shape.slice(1, -1);
    if (sides.some((side) => side !== null && side <= 0)) throw new Error('nothing is left of the image');
    return [value].flat()[0]!;
  } catch (cause) {
    throw takesNone(name, shape, `${layer.name} says ${messageOf(cause).replace(/\s+/g, ' ')}`, cause);
  }
}

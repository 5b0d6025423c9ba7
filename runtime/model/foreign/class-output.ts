import type { GraphProto } from 'onnx-buf';
import { operatorBehind } from '../operator-behind.js';
import { describeValue, quoted, type TensorInfo, tensorInfo } from '../protobuf.js';
import type { ClassifierDescription } from './description.js';
import { isSize } from './size.js';

/** More than any classifier has: a file that says more is damaged, and would only fill the memory with labels. */
const maxClasses = 1_000_000;

export interface ClassOutput {
  readonly name: string;
  readonly kind: 'probabilities' | 'logits';
  readonly classes: number;
  /** What computes it. */
  readonly operator: string | undefined;
}

/** How many classes an output has a number for; undefined where it is none. Sizes of 1 may follow: `[N, classes, 1, 1]`. */
function classesOf(info: TensorInfo | undefined, labels: readonly string[] | undefined): number | undefined {
  if (info?.type !== 'float32' || info.dims.length < 2 || info.dims.slice(2).some((size) => size !== 1))
    return undefined;
  // What the graph leaves open the labels say.
  const classes = typeof info.dims[1] === 'number' ? info.dims[1] : labels?.length;
  return isSize(classes, maxClasses) && classes >= 2 ? classes : undefined;
}

/**
 * Which output has a number for every class, from the graph and from what is said of it.
 * @throws Error when it is not clear, or the graph is not as it is described
 */
export function classOutput(
  { node, output }: GraphProto,
  { output: wanted, labels, softmax: needsSoftmax }: ClassifierDescription,
): ClassOutput {
  const nodes = node.map((n) => ({ op: n.opType, inputs: n.input, outputs: n.output }));
  const all = output.map(describeValue).join(', ') || 'none';
  const scores = output.map(tensorInfo).filter((info) => classesOf(info, labels) !== undefined) as TensorInfo[];
  const softmax = scores.filter(({ name }) => operatorBehind(nodes, name) === 'Softmax');
  // What has several outputs and no softmax among them may be a detector as well as a classifier with an embedding.
  const clear = softmax.length > 1 ? undefined : (softmax[0] ?? (output.length === 1 ? scores[0] : undefined));
  const chosen = wanted === undefined ? clear : scores.find(({ name }) => name === wanted);
  if (!chosen) {
    if (wanted !== undefined)
      throw new Error(`its description says the output ${quoted(wanted)}, but its graph gives ${all}`);
    const hint =
      scores.length > 1
        ? '; say which is meant as "output" in a description of it'
        : labels
          ? ''
          : openClasses(output.map(tensorInfo));
    throw new Error(
      `expected one float32 output [N, classes] with at least 2 classes, or of several outputs one that a Softmax computes, got ${all}${hint}`,
    );
  }
  const classes = classesOf(chosen, labels)!;
  if (labels && labels.length !== classes) {
    throw new Error(
      `its description says ${labels.length} labels, but its output ${quoted(chosen.name)} has ${classes} classes`,
    );
  }
  const operator = operatorBehind(nodes, chosen.name);
  if (needsSoftmax === undefined && (operator === 'Sigmoid' || operator === 'HardSigmoid')) {
    throw new Error(
      `its output ${quoted(chosen.name)} comes from a ${operator}, which gives each class a probability of its own, and a classifier gives one for all of them`,
    );
  }
  const isLogits = needsSoftmax ?? operator !== 'Softmax';
  return { name: chosen.name, kind: isLogits ? 'logits' : 'probabilities', classes, operator };
}

const openClasses = (outputs: readonly (TensorInfo | undefined)[]) =>
  outputs.some((info) => info?.type === 'float32' && typeof info.dims[1] === 'string')
    ? '; say "labels" in a description of it'
    : '';

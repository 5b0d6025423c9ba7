import { OnwardError } from '../runtime/common/index.js';
import {
  type GoldenText,
  type Graph,
  type GraphValue,
  type InputSpec,
  type Provenance,
  preprocessedShape,
  sealModel,
} from '../runtime/model/index.js';
import { type GraphBuilder, graphBuilder } from './builder.js';
import { type ConvertOptions, convert } from './convert.js';
import { activate } from './layers/activations.js';
import { plain } from './layout.js';
import { embeddingLayer, withOutputs } from './outputs.js';
import { preprocessingNodes } from './preprocessing.js';
import type { LayersModel } from './read/layers-model.js';
import { forTarget, opsets, type TargetOptions } from './target/index.js';
import type { Value } from './value.js';

export interface ClassifierOptions extends ConvertOptions, TargetOptions {
  readonly labels: readonly string[];
  readonly input: InputSpec;
  readonly provenance: Provenance;
  /** Inner layers to give beside the probabilities, and `embedding`: what the dense layers at the end take. */
  readonly outputs?: readonly string[] | undefined;
  /** Left out: the file carries no golden samples, and no runtime can test itself. */
  readonly golden?: GoldenText | undefined;
  /** The version of onward, for the file's producer. */
  readonly producerVersion?: string | undefined;
}

/**
 * Probabilities out of what a model gives: as it is where a softmax computed it, else through one.
 * @throws OnwardError kind `input` when it gives each class a probability of its own
 */
function toProbabilities(builder: GraphBuilder, output: Value): Value {
  const operator = builder.operatorBehind(output.name);
  if (operator === 'Sigmoid' || operator === 'HardSigmoid') {
    throw new OnwardError(
      'input',
      'the model ends in a sigmoid, which gives each class a probability of its own, and a classifier gives one for all of them; end it in a softmax, or in a dense layer without activation',
    );
  }
  const scores = plain(builder, output);
  return operator === 'Softmax' ? scores : activate(builder, 'softmax', scores, 'softmax');
}

/**
 * The graph of a classifier: uint8 `image` `[N, height, width, channels]` in, float32 `probabilities` `[N, classes]` out.
 * @throws OnwardError kind `input` when the model is not one that takes an image and gives a probability for every label
 */
export function classifierGraph(
  model: LayersModel,
  { labels, input, provenance, outputs: asked = [], ...options }: ClassifierOptions,
): Graph {
  const { width, height, channels } = input;
  const steps = provenance.preprocessing ?? [];
  const expected = preprocessedShape([height, width, channels], steps);
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new OnwardError(
      'input',
      `expected a model with one input and one output, got ${model.inputs.length} and ${model.outputs.length}`,
    );
  }
  const layers = asked.map((name) => (name === 'embedding' ? embeddingLayer(model) : name));
  const builder = graphBuilder(['image', 'probabilities', ...asked]);
  const [output, ...others] = convert(
    asked.length > 0 ? withOutputs(model, layers, 1).model : model,
    builder,
    (layer, shape) => {
      if (shape.join() !== expected.join()) {
        throw new OnwardError(
          'input',
          `the input "${layer.name}" takes [${shape.join(', ')}], and the images are [${expected.join(', ')}]`,
        );
      }
      const name = preprocessingNodes(builder, 'image', steps, [height, width, channels]);
      return { name, shape, order: 'plain' };
    },
    options,
  );
  if (output!.shape.join() !== String(labels.length)) {
    throw new OnwardError(
      'input',
      `the model gives [${output!.shape.join(', ')}] for each image, and there are ${labels.length} labels; name every class once, in the order of the model's outputs`,
    );
  }
  builder.output(toProbabilities(builder, output!).name, 'probabilities');
  for (const [i, value] of others.entries()) builder.output(plain(builder, value).name, asked[i]!);
  const graph = builder.finish({
    name: provenance.recipe ?? model.name,
    opset: opsets.default,
    inputs: [{ name: 'image', type: 'uint8', dims: ['N', height, width, channels] }],
    outputs: [
      { name: 'probabilities', type: 'float32', dims: ['N', labels.length] },
      ...others.map(({ shape }, i): GraphValue => ({ name: asked[i]!, type: 'float32', dims: ['N', ...shape] })),
    ],
  });
  return forTarget(graph, options);
}

/** The bytes of a model.onnx that carries everything. Runs in a browser; the same model gives the same bytes. */
export function exportClassifier(model: LayersModel, options: ClassifierOptions): Uint8Array<ArrayBuffer> {
  const { labels, input, provenance, golden, producerVersion = '' } = options;
  return sealModel(classifierGraph(model, options), { labels, input, provenance, golden }, producerVersion);
}

import type { LayersModel as TfModel } from '@tensorflow/tfjs';
import { random } from 'onward/common';
import { engineByName, maxAbsDiff, openSession } from 'onward/engines';
import { type ClassifierOptions, exportClassifier } from 'onward/export';
import {
  type ImageShape,
  type InputSpec,
  loadModel,
  type PreprocessingStep,
  preprocess,
  preprocessedShape,
  toProbabilities,
} from 'onward/model';
import { layersOf, runLayers } from './networks.js';

export const preprocessing: PreprocessingStep[] = [{ kind: 'scale', scale: 1 / 127.5, offset: -1 }];

/** The images that come in, and what happens to them before the model. */
export interface Images {
  readonly shape: ImageShape;
  readonly steps: readonly PreprocessingStep[];
}

const imagesOf = (model: TfModel): Images => ({
  shape: model.inputs[0]!.shape.slice(1) as [number, number, number],
  steps: preprocessing,
});

/** What the exporter is told about a model of this number of classes. */
export function optionsFor(model: TfModel, { shape, steps }: Images = imagesOf(model)): ClassifierOptions {
  const [height, width, channels] = shape as [number, number, 1 | 3];
  const input: InputSpec = { width, height, channels, fit: 'contain', background: [0, 0, 0] };
  const classes = model.outputs[0]!.shape.at(-1)!;
  return {
    labels: Array.from({ length: classes }, (_, i) => `class ${i}`),
    input,
    provenance: { preprocessing: steps },
    producerVersion: '0.1.0',
  };
}

/** A model as a classifier's file. */
export const exported = async (model: TfModel, images?: Images) =>
  exportClassifier(await layersOf(model), optionsFor(model, images));

/** max |Δp| between TensorFlow.js and ONNX Runtime on random images. */
export async function parityOf(model: TfModel, count = 8, images: Images = imagesOf(model)): Promise<number> {
  const loaded = loadModel(await exported(model, images), { name: 'exported.onnx' });
  const { width, height, channels } = loaded.input;
  const stream = random('images', count);
  const bytes = Uint8Array.from({ length: count * width * height * channels }, () => stream.below(256));
  const { steps, shape } = images;
  const output = runLayers(model, preprocess(bytes, steps, shape), [count, ...preprocessedShape(shape, steps)]);
  const endsInSoftmax = Math.abs(output.reduce((a, b) => a + b, 0) - count) < 1e-3;
  const kind = endsInSoftmax ? 'probabilities' : 'logits';
  const expected = toProbabilities({ ...loaded, output: { name: '', kind } }, output);
  const session = await openSession(engineByName('ort-cpu'), loaded);
  try {
    return maxAbsDiff(await session.predict(bytes, count), expected, loaded.labels.length).maxAbsDiff;
  } finally {
    await session.close();
  }
}

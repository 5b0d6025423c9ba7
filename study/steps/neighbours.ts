import { join } from 'node:path';
import { evaluateNeighbours } from '../../evaluate/index.js';
import { writeWhole } from '../../machine/index.js';
import { loadModel } from '../../runtime/model/index.js';
import type { Step } from '../step.js';
import { neighboursOnnx } from './neighbours-file.js';
import { type Accuracy, accuracyOf, imagesOf, modelIn } from './shared.js';
import { trainings } from './trainings.js';

interface NeighboursOn {
  readonly accuracy: Accuracy;
  /** Images whose k-th and next neighbour are as far as float32 can tell. */
  readonly nearTies: number;
  /** Images whose first two classes have equally many votes. */
  readonly voteTies: number;
}

export interface NeighboursResult {
  readonly k: number;
  /** In the index: the training part. */
  readonly images: number;
  readonly width: number;
  /** Where the vectors come from. */
  readonly what: string;
  readonly model: string;
  readonly val: NeighboursOn;
  readonly test: NeighboursOn;
}

const k = 15;
const file = 'knn.onnx';

/** The vectors of the fine-tuned VGG16's convolutions, and the vote of the 15 nearest training images. */
export const neighbours: Step<NeighboursResult> = {
  name: 'neighbours',
  what: `embeddings of vgg16-finetune with ${k} nearest neighbours, on validation and test`,
  needs: [trainings.vgg16Finetune],
  settings: ({ engine, seed, parts: { train, val, test } }) => ({
    ...{ engine: engine.name, seed, k, images: [train, val, test].map(imagesOf) },
  }),
  async run(context) {
    const { out, engine, seed, signal } = context;
    const { train, val, test } = context.partsOf(context.recipe('vgg16-finetune').channels);
    if (train.length < k)
      return { blank: `${k} neighbours need as many training images, and there are ${train.length}` };
    const network = await modelIn(context, context.resultOf(trainings.vgg16Finetune).model);
    const { bytes, width, what } = await neighboursOnnx(network, train, val, {
      ...{ engine, k, seed, signal },
      onProgress: (done, total) => context.onProgress('embedding', done, total),
    });
    await writeWhole(join(out, file), bytes);
    const model = loadModel(bytes, { name: join(out, file) });
    const on = async (name: 'val' | 'test', dataset: typeof val): Promise<NeighboursOn> => {
      const { metrics, nearTies, voteTies } = await evaluateNeighbours(engine, model, dataset, {
        signal,
        onProgress: (done, total) => context.onProgress(`neighbours, ${name}`, done, total),
      });
      return { accuracy: accuracyOf(metrics, dataset.length), nearTies, voteTies };
    };
    return {
      result: {
        ...{ k, images: train.length, width, what, model: file },
        ...{ val: await on('val', val), test: await on('test', test) },
      },
      files: [file],
    };
  },
};

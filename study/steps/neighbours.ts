import { join } from 'node:path';
import { evaluateNeighbours, fitNeighbours } from '../../evaluate/index.js';
import { indexVectors, neighboursFile } from '../../export/index.node.js';
import { version, writeWhole } from '../../machine/index.js';
import { loadModel } from '../../runtime/model/index.js';
import type { Step } from '../step.js';
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
    const { what, width, ...fitted } = await fitNeighbours(engine, network, {
      ...{ images: train, others: val, k, weights: 'uniform', seed, signal },
      toIndex: (vectors, size) => indexVectors(vectors, size, 'euclidean'),
      onProgress: (done, total) => context.onProgress('embedding', done, total),
    });
    const { metrics: _, parameters: __, ...came } = network.provenance;
    const bytes = neighboursFile(network, {
      ...fitted,
      provenance: { ...came, dataset: { name: train.name, digest: train.digest, images: train.length } },
      producerVersion: version,
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

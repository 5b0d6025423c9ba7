import { type OpenedSource, subset } from '../../data/index.js';
import { fitNeighbours, partOf, trainingParts } from '../../evaluate/index.js';
import { indexVectors, type Metric, neighboursFile } from '../../export/index.node.js';
import { version, writeWhole } from '../../machine/index.js';
import { random } from '../../runtime/common/index.js';
import { defaultEngine, type Engine } from '../../runtime/engines/index.node.js';
import { type LoadedModel, loadModel, type Neighbours } from '../../runtime/model/index.js';
import { checkSamples, summaryOf } from './classifier-file.js';

export interface KnnFitOptions {
  readonly k: number;
  readonly metric: Metric;
  readonly weights: Neighbours['weights'];
  readonly layer?: string | undefined;
  readonly split?: string | undefined;
  readonly limit?: number | undefined;
  readonly seed: number;
  readonly golden: boolean;
  readonly engine?: Engine | undefined;
  readonly batch?: number | undefined;
  readonly out: string;
  readonly allowDifferent?: boolean | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** The images that neighbours are looked for among: what training had, or what a person says; a part of them by the seed. */
async function indexed(source: OpenedSource, model: LoadedModel, { split, limit, seed }: KnnFitOptions) {
  const wanted = split ?? (trainingParts(source, model) || source.val || source.test ? 'train' : 'all');
  const { dataset, how, name } = await partOf(source, model, wanted);
  const few = limit !== undefined && limit < dataset.length;
  return {
    dataset: few
      ? subset(dataset, random('neighbours', seed).permutation(dataset.length).subarray(0, limit).sort())
      : dataset,
    how: few ? `${limit} of ${dataset.length}, seed ${seed}; ${how}` : how,
    isWhole: !few && name === 'train',
  };
}

/** A network and labelled images to one ONNX file that says what the nearest of those images are. */
export async function knnFit(model: LoadedModel, source: OpenedSource, options: KnnFitOptions) {
  const { metric, golden: wantsGolden, engine = defaultEngine(), out } = options;
  const { dataset, how, isWhole } = await indexed(source, model, options);
  const began = performance.now();
  const trained = trainingParts(source, model);
  const parts = trained ?? source;
  const others = parts.val?.length ? parts.val : parts.test?.length ? parts.test : dataset;
  const { k, weights, layer, seed, batch, allowDifferent, signal, onProgress } = options;
  const {
    what,
    width: _width,
    golden,
    ...fitted
  } = await fitNeighbours(engine, model, {
    ...{ images: dataset, others, k, weights, layer, seed, batch, allowDifferent, signal, onProgress },
    toIndex: (vectors, width) => indexVectors(vectors, width, metric),
  });
  const { metrics: _, split: cut, parameters: __, dataset: ___, ...came } = model.provenance;
  const bytes = neighboursFile(model, {
    ...fitted,
    provenance: {
      ...came,
      ...(isWhole && cut && trained && { split: cut }),
      dataset: { name: source.name, digest: dataset.digest, images: dataset.length },
    },
    golden: wantsGolden ? golden : undefined,
    producerVersion: version,
  });
  const loaded = loadModel(bytes, { name: out });
  const check = await checkSamples(loaded);
  await writeWhole(out, bytes);
  const seconds = (performance.now() - began) / 1000;
  const { classes, labels, value } = fitted;
  const missing = classes.filter((_, c) => !labels.includes(c));
  return {
    ...{ ...summaryOf(loaded, out, seconds), neighbours: loaded.neighbours!, layer: value, what, how, check },
    images: dataset.length,
    notes: [
      ...(missing.length > 0 ? [`the index has no image of ${missing.join(', ')}: it will never say so`] : []),
      ...(wantsGolden && !golden
        ? ['every candidate was a near-tie, so the file has no golden samples by which a runtime tests itself']
        : []),
    ],
  };
}

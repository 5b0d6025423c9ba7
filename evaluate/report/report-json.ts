import type { Evaluation } from '../score/index.js';

/** Every number of an evaluation, as JSON. */
export function reportJson({ model, dataset, part, engine, metrics, tta, speed, notes }: Evaluation) {
  const { selfTest } = engine;
  return {
    format: 1,
    model: {
      file: model.name,
      digest: model.digest ?? null,
      labels: model.labels,
      input: model.input,
      precision: model.precision,
      bytes: model.bytes.length,
      provenance: model.provenance,
    },
    dataset: {
      name: dataset.name,
      digest: dataset.digest,
      images: dataset.length,
      shape: dataset.shape,
      part: part.name,
      how: part.how,
      unseen: part.unseen,
    },
    engine: {
      ...{ name: engine.name, version: engine.version, device: engine.device },
      golden: selfTest
        ? { images: selfTest.images, maxAbsDiff: selfTest.maxAbsDiff, tolerance: selfTest.tolerance }
        : null,
    },
    metrics,
    tta: tta ?? null,
    speed,
    notes,
  };
}

export type ReportJson = ReturnType<typeof reportJson>;

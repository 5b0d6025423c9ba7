import type { Provenance, RunGolden, RunInfo } from '../runtime/model/index.js';
import { exportClassifier } from './classifier.js';
import type { ConvertOptions } from './convert.js';
import { type ModelJson, readModelJson } from './read/model-json.js';
import type { TargetOptions } from './target/index.js';

/** Which samples go into the file; `none` and `noise` are for people whose images are private. */
export type GoldenChoice = 'real' | 'noise' | 'none';

export interface RunFiles {
  readonly run: RunInfo;
  readonly golden: RunGolden;
  readonly model: ModelJson;
}

export interface ExportRunOptions extends ConvertOptions, TargetOptions {
  /** As `ClassifierOptions` has it. */
  readonly outputs?: readonly string[] | undefined;
  readonly golden?: GoldenChoice;
  /** Default: the version of onward that trained the run. */
  readonly producerVersion?: string;
}

/** What of a run goes into the file: nothing that differs when the same training is done again. */
export function provenanceOf({
  recipe,
  seed,
  backend,
  dataset,
  metrics,
  parameters,
  preprocessing,
  augmentation,
  split,
  versions,
}: RunInfo): Provenance {
  return {
    recipe,
    seed,
    backend,
    dataset: { name: dataset.name, digest: dataset.digest, images: dataset.train + dataset.val + dataset.test },
    metrics,
    parameters: parameters.total,
    preprocessing,
    augmentation,
    split,
    versions,
  };
}

/** A run folder's files as the bytes of a model.onnx. Runs in a browser. */
export function exportRun({ run, golden, model }: RunFiles, options: ExportRunOptions = {}): Uint8Array<ArrayBuffer> {
  const choice = options.golden ?? 'real';
  return exportClassifier(readModelJson(model), {
    ...options,
    producerVersion: options.producerVersion ?? run.versions.onward ?? '',
    labels: run.labels,
    input: run.input,
    provenance: { ...provenanceOf(run), ...(golden.predictions && { predictions: golden.predictions }) },
    golden: choice === 'none' ? undefined : golden[choice],
  });
}

import { z } from 'zod';
import { OnwardError } from '../../runtime/common/index.js';
import { issueOf } from '../../runtime/model/index.js';
import type { LayersModel } from './layers-model.js';
import { readTopology } from './topology.js';
import { readWeights, weightSpecSchema } from './weights.js';

/** The files of TensorFlow.js' layers format, read: `model.json` parsed, and its weight shards one after another. */
export interface ModelJson {
  readonly json: unknown;
  readonly weights: Uint8Array;
}

/** What we read of a `model.json`. https://www.tensorflow.org/js/guide/save_load */
const modelJsonSchema = z.object({
  format: z.string().nullish(),
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()).default([]), weights: z.array(weightSpecSchema) })),
});

/** @throws OnwardError kind `input` for another format */
function parseModelJson(json: unknown) {
  if ((json as { format?: unknown } | null)?.format === 'graph-model') {
    throw new OnwardError(
      'input',
      'this model.json is a TensorFlow.js graph model, and only layers models are read; convert it from the Keras model as a layers model',
    );
  }
  const { success, data, error } = modelJsonSchema.safeParse(json);
  if (success) return data;
  throw new OnwardError(
    'input',
    `expected a TensorFlow.js layers model.json with modelTopology and weightsManifest, got another (${issueOf(error)}); save the model with tf.LayersModel.save`,
  );
}

/** The weight files that a `model.json` names, in order. */
export const shardsOf = (json: unknown): string[] => parseModelJson(json).weightsManifest.flatMap(({ paths }) => paths);

/** @throws OnwardError kind `input` for another format, missing or short weights */
export function readModelJson({ json, weights }: ModelJson): LayersModel {
  const { modelTopology, weightsManifest } = parseModelJson(json);
  const specs = weightsManifest.flatMap((group) => group.weights);
  return readTopology(modelTopology, readWeights(specs, weights));
}

import { z } from 'zod';
import { OnwardError } from '../../runtime/common/index.js';
import { issueOf } from '../../runtime/model/index.js';
import type { LayersModel, Weight } from './layers-model.js';
import { readTopology } from './topology.js';

/** The files of TensorFlow.js' layers format, read: `model.json` parsed, and its weight shards one after another. */
export interface ModelJson {
  readonly json: unknown;
  readonly weights: Uint8Array;
}

const specSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  dtype: z.string(),
  /** There when the bytes are not what `dtype` says. */
  quantization: z.unknown().optional(),
});

/** What we read of a `model.json`. https://www.tensorflow.org/js/guide/save_load */
const modelJsonSchema = z.object({
  format: z.string().nullish(),
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()).default([]), weights: z.array(specSchema) })),
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

/** @throws OnwardError kind `input` when a weight is no float32, or the bytes are fewer or more than the weights take */
function readWeights(specs: readonly z.infer<typeof specSchema>[], data: Uint8Array): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of specs) {
    if (dtype !== 'float32' || quantization) {
      const stored = quantization ? 'is quantised' : `has dtype ${dtype}`;
      throw new OnwardError(
        'input',
        `the weight "${name}" ${stored}, and only float32 is read; save the model unquantised`,
      );
    }
    const end = offset + shape.reduce((a, b) => a * b, 4);
    if (end > data.length) {
      throw new OnwardError(
        'input',
        `the weights end in "${name}": expected at least ${end} bytes, got ${data.length}; a shard is missing or truncated`,
      );
    }
    // A copy, so that the floats are aligned. (`slice` of a Node Buffer would be none.)
    const bytes = new Uint8Array(data.subarray(offset, end));
    weights.set(name, { dims: shape, values: new Float32Array(bytes.buffer) });
    offset = end;
  }
  if (offset < data.length) {
    throw new OnwardError(
      'input',
      `the weights are ${data.length} bytes, and model.json describes ${offset}; a shard belongs to another model`,
    );
  }
  return weights;
}

/** @throws OnwardError kind `input` for another format, missing, short or quantised weights */
export function readModelJson({ json, weights }: ModelJson): LayersModel {
  const { modelTopology, weightsManifest } = parseModelJson(json);
  const specs = weightsManifest.flatMap((group) => group.weights);
  return readTopology(modelTopology, readWeights(specs, weights));
}

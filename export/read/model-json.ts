import { OnwardError } from '../../runtime/common/index.js';
import type { LayersModel, Weight } from './layers-model.js';
import { readTopology } from './topology.js';

interface WeightSpec {
  name: string;
  shape: number[];
  dtype: string;
}

/** The files of TensorFlow.js' layers format, read: `model.json` parsed, and its weight shards one after another. */
export interface ModelJson {
  readonly json: unknown;
  readonly weights: Uint8Array;
}

function readWeights(specs: readonly WeightSpec[], data: Uint8Array): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let offset = 0;
  for (const { name, shape, dtype } of specs) {
    if (dtype !== 'float32') {
      throw new OnwardError(
        'input',
        `the weight "${name}" has dtype ${dtype}, and only float32 is read; save the model unquantised`,
      );
    }
    const length = shape.reduce((a, b) => a * b, 1);
    if (offset + length * 4 > data.length) {
      throw new OnwardError(
        'input',
        `the weights end before "${name}": expected at least ${offset + length * 4} bytes, got ${data.length}; a shard is missing or truncated`,
      );
    }
    // A copy, so that the floats are aligned. (`slice` of a Node Buffer would be none.)
    const bytes = new Uint8Array(data.subarray(offset, offset + length * 4));
    weights.set(name, { dims: shape, values: new Float32Array(bytes.buffer) });
    offset += length * 4;
  }
  return weights;
}

/** @throws OnwardError kind `input` for another format, missing or short weights */
export function readModelJson({ json, weights }: ModelJson): LayersModel {
  const model = json as { format?: string; modelTopology?: unknown; weightsManifest?: { weights: WeightSpec[] }[] };
  if (model?.format === 'graph-model') {
    throw new OnwardError(
      'input',
      'this model.json is a TensorFlow.js graph model, and only layers models are read; convert it from the Keras model as a layers model',
    );
  }
  if (!model?.modelTopology || !Array.isArray(model.weightsManifest)) {
    throw new OnwardError(
      'input',
      'expected a TensorFlow.js layers model.json with modelTopology and weightsManifest, and this one lacks them',
    );
  }
  return readTopology(
    model.modelTopology,
    readWeights(
      model.weightsManifest.flatMap((group) => group.weights),
      weights,
    ),
  );
}

import { version } from '../../machine/index.js';
import type { ServedModel } from '../models/index.js';

export const serverMetadata = (modelControl: boolean) => ({
  name: 'onward',
  version,
  extensions: ['classification', 'binary_tensor_data', 'model_repository', ...(modelControl ? ['model_control'] : [])],
});

/** Of the engines that are not ONNX Runtime's own, the platform is still the file's. */
export function modelMetadata(model: ServedModel, versions: readonly string[]) {
  const { name, inputs, outputs, classifier, engine, engineVersion, device, running } = model;
  return {
    name,
    versions,
    platform: 'onnxruntime_onnx',
    inputs,
    outputs,
    parameters: {
      engine,
      engine_version: engineVersion,
      device,
      workers: running.workers,
      max_batch: running.maxBatch,
      ...(classifier && { labels: classifier.labels, precision: classifier.precision }),
      ...(classifier?.digest !== undefined && { digest: classifier.digest }),
      // What rounds products to 10 bits of fraction is said, wherever a GPU may do so.
      ...(engine === 'ort-cuda' && {
        tf32: process.env.NVIDIA_TF32_OVERRIDE !== undefined && process.env.NVIDIA_TF32_OVERRIDE !== '0',
      }),
    },
  };
}

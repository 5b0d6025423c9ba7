import type { InferenceSession } from 'onnxruntime-node';
import { importPeer } from '../../machine/index.js';
import type { LoadedModel } from '../model/index.js';
import { toProbabilities, toTensor } from '../model/tensors/index.js';
import { cannotLoad, cannotRun } from './ort-failure.js';

export interface OrtNodeOptions {
  /** For messages. */
  readonly engine: string;
  /** One provider and never a list: where it is missing that is an error, and nothing runs elsewhere in silence. */
  readonly provider: InferenceSession.ExecutionProviderConfig;
  readonly threads?: number | undefined;
}

/** A graph that ONNX Runtime has loaded in this process. */
export interface OrtGraph {
  readonly version: string;
  run(images: Uint8Array, count: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** @throws OnwardError kind `missing` without onnxruntime-node, `input` when it does not load this model */
export async function openOrtNode(
  model: LoadedModel,
  { engine, provider, threads }: OrtNodeOptions,
): Promise<OrtGraph> {
  const { InferenceSession, Tensor, env } = await importPeer('onnxruntime-node');
  const session = await InferenceSession.create(model.bytes, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    // Only fatal ones: whatever fails is thrown as well, and people read one sentence of it.
    logSeverityLevel: 4,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  }).catch((error: unknown) => {
    throw cannotLoad(model.name, engine, error);
  });
  const wanted = [model.output.name];
  return {
    version: env.versions.node!,
    async run(images, count) {
      // The binding refuses shared memory.
      const own = images.buffer instanceof ArrayBuffer ? images : images.slice();
      const { data, dims } = toTensor(model, own, count);
      const tensor = data instanceof Uint8Array ? new Tensor('uint8', data, dims) : new Tensor('float32', data, dims);
      const results = await session.run({ [model.tensor.name]: tensor }, wanted).catch((error: unknown) => {
        throw cannotRun(model.name, engine, error);
      });
      return toProbabilities(model, results[model.output.name]!.data as Float32Array);
    },
    release: () => session.release(),
  };
}

/// <reference types="vite/client" />

// Both files by address: the threads' workers then load the small script alone, not the page's bundle with all that it
// does when it starts. And the build emits one copy of the 27 MB, which serve WASM and WebGPU alike.
import script from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import binary from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/webgpu';
import { messageOf, OnwardError } from '../common/index.js';
import type { LoadedModel } from '../model/index.js';
import { toProbabilities, toTensor } from '../model/tensors/index.js';
import type { EngineName } from './engine.js';
import { cannotLoad, cannotRun } from './ort-failure.js';
import { serial } from './serial.js';

/** More threads than this do not pay for the small models that pages run. */
const mostThreads = 4;

/** There is one WASM instance in a page or worker, and it does one thing at a time, whichever session asks. */
const inTurn = serial();

let started = false;

/** How many threads the WASM instance has, or will have: without cross-origin isolation there is no shared memory, so one. */
export function webThreads(wanted?: number): number {
  if (started) return env.wasm.numThreads ?? 1;
  if (!globalThis.crossOriginIsolated) return 1;
  return Math.max(1, Math.min(wanted ?? mostThreads, navigator.hardwareConcurrency || 1));
}

export const ortWebVersion = () => env.versions.web ?? env.versions.common;

/** The first session decides on the threads of all of them. */
function start(threads: number | undefined): void {
  env.wasm.numThreads = webThreads(threads);
  if (started) return;
  env.wasm.wasmPaths = { mjs: new URL(script, import.meta.url).href, wasm: new URL(binary, import.meta.url).href };
  // Only fatal ones: whatever fails is thrown as well.
  env.logLevel = 'fatal';
  started = true;
}

export interface OrtWebOptions {
  readonly engine: EngineName;
  /** WebGPU leaves the nodes that it has no kernel for, like the cast of the bytes, to the WASM kernels of the same file. */
  readonly provider: 'wasm' | 'webgpu';
  readonly threads?: number | undefined;
}

export interface OrtWebGraph {
  readonly threads: number;
  run(images: Uint8Array, count: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** @throws OnwardError kind `missing` when the WASM file cannot be loaded, `input` when it does not take this model */
export async function openOrtWeb(
  model: LoadedModel,
  { engine, provider, threads }: OrtWebOptions,
): Promise<OrtWebGraph> {
  const session = await inTurn(() => {
    start(threads);
    return InferenceSession.create(model.bytes, {
      executionProviders: [provider],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
    });
  }).catch((error: unknown) => {
    if (/no available backend|initWasm|WebAssembly/i.test(messageOf(error))) {
      throw new OnwardError(
        'missing',
        `${engine}: the WebAssembly file of ONNX Runtime could not be started (${messageOf(error)}); reload the page, and check that the site's whole folder is served`,
        { cause: error },
      );
    }
    throw cannotLoad(model.name, engine, error);
  });
  const wanted = [model.output.name];
  return {
    threads: webThreads(),
    run: (images, count) =>
      inTurn(async () => {
        const { data, dims } = toTensor(model, images, count);
        const tensor = data instanceof Uint8Array ? new Tensor('uint8', data, dims) : new Tensor('float32', data, dims);
        const results = await session.run({ [model.tensor.name]: tensor }, wanted).catch((error: unknown) => {
          throw cannotRun(model.name, engine, error);
        });
        return toProbabilities(model, results[model.output.name]!.data as Float32Array);
      }),
    release: () => inTurn(() => session.release()),
  };
}

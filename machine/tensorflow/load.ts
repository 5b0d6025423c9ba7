import { join } from 'node:path';
import util from 'node:util';
import { OnwardError } from '../../runtime/common/index.js';
import { nvidiaDriver } from '../nvidia.js';
import { importPeer, requirePeer } from '../peers.js';
import { type Binding, loadBinding } from './binding.js';
import { cpuDevice, wasmDevice } from './probe.js';
import { correctConvolutions } from './wasm-convolution.js';

export type TensorFlow = typeof import('@tensorflow/tfjs');

/** `native`: TensorFlow's own library; `wasm`: everywhere, some ten times slower at training. */
export const backendNames = ['native', 'wasm'] as const;
export type BackendName = (typeof backendNames)[number];

export interface LoadedTensorFlow {
  readonly tf: TensorFlow;
  readonly backend: BackendName;
  /** Of TensorFlow (`native`) or TensorFlow.js (`wasm`). */
  readonly version: string;
  /** `CPU (2 threads)`, or the GPU's name. */
  readonly device: string;
}

/** The names under which TensorFlow.js knows them. */
const registeredAs = { native: 'tensorflow', wasm: 'wasm' } as const;

const prepared = new Map<BackendName, Promise<Omit<LoadedTensorFlow, 'tf' | 'backend'>>>();

/**
 * Loads TensorFlow.js and makes `backend` the one that computes. Loads and never builds; the second call for a backend
 * costs nothing, and calls for one and then the other switch between them (tensors move when they are next used).
 *
 * @throws OnwardError kind `missing` when a package or the native build is not there, with what brings it
 */
export async function loadTensorFlow(backend: BackendName): Promise<LoadedTensorFlow> {
  const tf = await importPeer('@tensorflow/tfjs');
  let ready = prepared.get(backend);
  if (!ready) {
    ready = backend === 'native' ? prepareNative(tf) : prepareWasm(tf);
    prepared.set(backend, ready);
    // One that failed may be there at the next try, after `setup`.
    ready.catch(() => prepared.delete(backend));
  }
  const facts = await ready;
  const works = await keepingListeners(() => tf.setBackend(registeredAs[backend]));
  if (!works) {
    throw new OnwardError(
      'missing',
      `TensorFlow.js could not start its backend "${registeredAs[backend]}": run \`npx onward doctor\` for what this machine has.`,
    );
  }
  await tf.ready();
  return { tf, backend, ...facts };
}

async function prepareNative(tf: TensorFlow) {
  giveBackUtilities();
  const peer = requirePeer('@tensorflow/tfjs-node-gpu');
  const binding = await loadBinding();
  const require = peer.require;
  const { NodeJSKernelBackend } =
    require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js') as typeof import('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js');
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  if (!tf.engine().registryFactory[registeredAs.native]) {
    // By its name the package knows whether kernels that only GPUs have may be called.
    const name = binding.addon.isUsingGpuDevice() ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
    const backend = new NodeJSKernelBackend(binding.addon as never, name);
    tf.registerBackend(registeredAs.native, () => backend, 3);
  }
  return { version: binding.addon.TF_Version, device: await deviceOf(binding) };
}

async function prepareWasm(tf: TensorFlow) {
  const peer = requirePeer('@tensorflow/tfjs-backend-wasm');
  const wasm = await importPeer('@tensorflow/tfjs-backend-wasm');
  if (!tf.engine().registry[registeredAs.wasm]) {
    wasm.setWasmPaths(join(peer.folder, 'dist/'));
    correctConvolutions(tf);
  }
  return { version: tf.version.tfjs, device: wasmDevice };
}

async function deviceOf(binding: Binding): Promise<string> {
  if (!binding.addon.isUsingGpuDevice()) return cpuDevice();
  const driver = await nvidiaDriver();
  return driver.available ? driver.name : 'GPU';
}

/**
 * The WASM backend's loader listens for uncaught errors of the whole process, only to throw them again out of a file of
 * its own: then nobody else's listener is heard.
 */
async function keepingListeners<T>(work: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => new Set(process.rawListeners(event)));
  try {
    return await work();
  } finally {
    for (const [i, event] of events.entries()) {
      for (const listener of process.rawListeners(event)) {
        if (!before[i]!.has(listener)) process.removeListener(event, listener as () => void);
      }
    }
  }
}

/** tfjs-node-gpu calls these of `util`, which Node 22 warns about and Node 23 no longer has. */
function giveBackUtilities() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major! < 22) return;
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}

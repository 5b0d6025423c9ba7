import {
  type BackendName,
  backendNames,
  type LoadedTensorFlow,
  loadTensorFlow,
  probeTensorFlow,
} from '../../machine/index.js';
import { OnwardError, unknownName } from '../../runtime/common/index.js';
import { registerDepthwiseGradients } from './depthwise-gradients.js';
import { registerFilterGradient } from './filter-gradient.js';
import { useFastWasmGradients } from './wasm-gradients.js';

export interface ChosenBackend extends LoadedTensorFlow {
  /** Why it is not the native one, when nobody asked for another. */
  readonly reason?: string;
}

async function load(name: BackendName): Promise<LoadedTensorFlow> {
  const loaded = await loadTensorFlow(name);
  if (name === 'wasm') {
    registerFilterGradient(loaded.tf);
    registerDepthwiseGradients(loaded.tf);
    useFastWasmGradients(loaded.tf);
  }
  return loaded;
}

/** @throws OnwardError kind `usage` for a name that no backend has: before anything that takes time */
export function requireBackendName(name: string): void {
  if (name === 'auto' || (backendNames as readonly string[]).includes(name)) return;
  throw new OnwardError('usage', unknownName('backend', name, [...backendNames, 'auto']));
}

/**
 * The backend that trains: the one asked for, or the native one, or WASM with the reason why.
 * @throws OnwardError kind `usage` for an unknown name, `missing` when the one asked for is not on this machine
 */
export async function chooseBackend(name?: string): Promise<ChosenBackend> {
  if (name !== undefined && name !== 'auto') {
    requireBackendName(name);
    return load(name as BackendName);
  }
  const native = await probeTensorFlow('native');
  if (native.available) return load('native');
  return { ...(await load('wasm')), reason: `the native backend is not there: ${native.reason}; ${native.remedy}` };
}

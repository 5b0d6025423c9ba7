import { OnwardError, unknownName } from '../common/index.js';
import { type Engine, engineNames } from './engine.js';
import { ortCpu } from './ort-cpu.node.js';
import { ortCuda } from './ort-cuda.node.js';
import { ortWebgpu } from './ort-webgpu.node.js';
import { tfjsNative } from './tfjs-native.node.js';
import { tfjsWasm } from './tfjs-wasm.node.js';
import { webWasm } from './web-wasm.node.js';
import { webWebgpu } from './web-webgpu.node.js';

/** All that Node can run a model in, in the order of `engineNames`. */
export const engines: readonly Engine[] = [tfjsNative, tfjsWasm, ortCpu, ortCuda, ortWebgpu, webWasm, webWebgpu];

/** @throws OnwardError kind `usage` that names the closest one */
export function engineByName(name: string): Engine {
  const engine = engines.find((one) => one.name === name);
  if (!engine) throw new OnwardError('usage', unknownName('engine', name, engineNames));
  return engine;
}

/** The one that is used when nobody says which: it is everywhere, and near enough to every GPU. */
export const defaultEngine = (): Engine => ortCpu;

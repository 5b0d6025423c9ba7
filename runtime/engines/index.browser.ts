import type { Engine } from './engine.js';
import { webWasm } from './web-wasm.browser.js';
import { webWebgpu } from './web-webgpu.browser.js';

export { toFailure } from './failure.js';
export * from './index.js';
export type { PageAnswer, PageTask } from './page-task.js';
export { webWasm, webWebgpu };

/** The engines of a page, the fastest first: WebGPU where there is a GPU, WASM everywhere. */
export const engines: readonly Engine[] = [webWebgpu, webWasm];

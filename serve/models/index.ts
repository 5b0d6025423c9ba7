/** The models that a server has. */
export { headerOfImage } from './image-work.js';
export { checkModelName, isModelName, modelNameOf } from './name.js';
export { defaultRunning, type Running, type RunningOptions } from './running.js';
export { readServable, type Servable, servableOf } from './servable.js';
export {
  asShadow,
  type Client,
  openServedModel,
  type Predictions,
  type ServedModel,
  type ServedModelOptions,
} from './served-model.js';
export type { InputTensor } from './tensor-work.js';

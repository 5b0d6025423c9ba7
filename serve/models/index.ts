/** The models that a server has. */
export { isModelName, modelNameOf } from './name.js';
export { type IndexEntry, oneModel, type Repository } from './repository.js';
export { readServable, type Servable, servableOf } from './servable.js';
export {
  type Client,
  defaultRunning,
  type InputTensor,
  openServedModel,
  type Predictions,
  type Running,
  type ServedModel,
  type ServedModelOptions,
} from './served-model.js';

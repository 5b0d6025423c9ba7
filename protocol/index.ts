/** What travels between a server and its clients: types, and the schemas that describe and check them. */
export { type Answer, answerSchema, type Chance, chanceSchema, type HeatPicture } from './answer.js';
export { type DataTypeName, dataTypeNames } from './data-types.js';
export { type ErrorBody, errorSchema } from './error.js';
export { type Health, healthSchema } from './health.js';
export {
  type InferBody,
  type InferResult,
  inferBodySchema,
  inferResultSchema,
  type RequestedOutput,
  type SentTensor,
  sentTensorSchema,
} from './infer.js';
export {
  type ModelMetadata,
  type ModelReady,
  modelMetadataSchema,
  modelReadySchema,
  type ServerMetadata,
  serverMetadataSchema,
  type TensorSpec,
  tensorSpecSchema,
} from './metadata.js';
export { explainSchema, topSchema, ttaSchema } from './query.js';
export { type IndexEntry, indexBodySchema, indexEntrySchema, loadBodySchema, modelStates } from './repository.js';

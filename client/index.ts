/** Asking a server of `onward serve`, in Node and in a browser: `onward/client`. */
export type {
  Answer,
  Chance,
  DataTypeName,
  Health,
  HeatPicture,
  IndexEntry,
  ModelMetadata,
  ServerMetadata,
  TensorSpec,
} from '../protocol/index.js';
export type { ClassifyOptions, ExplainedAnswer, ExplainOptions, FullAnswer, Image, TopAnswer } from './classify.js';
export { type Client, createClient } from './client.js';
export type { CallOptions, ConnectionOptions } from './connection.js';
export type { Inference, InferOptions } from './infer.js';
export { RequestError, type RequestErrorKind } from './request-error.js';
export type { RetryOptions } from './retry.js';
export type { InputTensor, Tensor, TensorArrays } from './tensors.js';

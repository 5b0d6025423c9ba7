export type { Answer, Chance, Health } from '../protocol/index.js';
export { type AppOptions, createApp } from './app.js';
export { type Classifier, type ClassifierOptions, classifier } from './classifier.js';
export {
  asFile,
  configSchema,
  flagOf,
  type Resolved,
  readConfig,
  resolveSettings,
  type SettingName,
  type Settings,
  settingNames,
  settings,
  settingsTable,
  settingValue,
} from './config/index.js';
export { type ApiKey, jsonLog, type Log, parseApiKeys } from './http/index.js';
export { defaultLimits, type Limits, limitsOf } from './limits.js';
export { createMetrics, type Metrics } from './metrics/index.js';
export {
  type Client,
  type InputTensor,
  modelNameOf,
  openServedModel,
  type Predictions,
  type Running,
  readServable,
  type Servable,
  type ServedModel,
  type ServedModelOptions,
  servableOf,
} from './models/index.js';
export { type Page, type PageFile, readPage } from './page.js';
export { type Asked, type IndexEntry, oneModel, type Repository } from './repository/index.js';
export { type ServeOptions, type Server, serve } from './serve.js';
export { type Site, writeSite } from './site.js';
export type { Tensor, TensorSpec } from './tensors/index.js';
export type { Upload } from './upload.js';
export { hanging } from './workers/index.js';

import type { Hono } from 'hono';
import type { LoadedModel } from '../runtime/model/index.js';
import { type AppOptions, createApp } from './app.js';
import { jsonLog } from './http/index.js';
import { limitsOf } from './limits.js';
import { createMetrics } from './metrics/index.js';
import {
  modelNameOf,
  oneModel,
  openServedModel,
  readServable,
  type Servable,
  type ServedModelOptions,
  servableOf,
} from './models/index.js';
import { readPage } from './page.js';

export interface ClassifierOptions
  extends Omit<ServedModelOptions, 'limits' | 'observer' | 'version'>,
    Pick<AppOptions, 'limits' | 'modelControl' | 'keys' | 'logRequests'> {
  /** With a path: serve a file that was altered after it was exported; default: false. */
  readonly allowAltered?: boolean | undefined;
  /** Whether the page is there for people; default: true. */
  readonly page?: boolean | undefined;
}

/** A Hono app that answers as `onward serve` does: to mount under any path of another, or to run by its `fetch`. */
export interface Classifier extends Hono {
  /** As requests name it. */
  readonly modelName: string;
  /** What nothing proves of the model, a sentence each. */
  readonly notes: readonly string[];
  /** Answers the requests that it has, then ends the worker threads. */
  close(): Promise<void>;
}

/**
 * Opens a model and makes the app that serves it.
 * @param given a loaded model, or the path of a model.onnx
 * @throws OnwardError when the model is refused, or the engine is missing or differs
 */
export async function classifier(given: LoadedModel | string, options: ClassifierOptions = {}): Promise<Classifier> {
  const { limits: limited = {}, allowAltered = false, page: withPage = true, log = console.error, ...rest } = options;
  const { modelControl, keys, logRequests, ...ofModel } = rest;
  const limits = limitsOf(limited);
  const structured = jsonLog(log);
  const metrics = createMetrics();
  const name = ofModel.name ?? modelNameOf(typeof given === 'string' ? given : given.name);
  const read = () => (typeof given === 'string' ? readServable(given, { allowAltered }) : servableOf(given));
  const open = (servable: Servable) =>
    openServedModel(servable, {
      ...ofModel,
      name,
      limits,
      observer: metrics.observer(name),
      log: (message) => structured('warn', { message }),
    });

  const servable = await read();
  const page = withPage && servable.classifier ? await readPage(servable.classifier, { server: true }) : undefined;
  const models = oneModel(await open(servable), async () => open(await read()));
  const app = createApp({ models, page, limits, metrics, modelControl, keys, logRequests, log: structured });
  let closing: Promise<void> | undefined;
  return Object.assign(app, {
    modelName: name,
    notes: servable.notes,
    close() {
      closing ??= models.close();
      return closing;
    },
  });
}

import type { Hono } from 'hono';
import type { LoadedModel } from '../runtime/model/index.js';
import { type AppOptions, createApp } from './app.js';
import { jsonLog, keepQuotas, parseRate, trustedProxies } from './http/index.js';
import { limitsOf } from './limits.js';
import { createMetrics } from './metrics/index.js';
import type { ServedModelOptions } from './models/index.js';
import { shownPage } from './page.js';
import { openRepository, type ReloadOptions } from './repository/index.js';
import { loadTracing } from './tracing/index.js';

export interface ClassifierOptions
  extends Omit<ServedModelOptions, 'limits' | 'observer' | 'version'>,
    Pick<AppOptions, 'limits' | 'modelControl' | 'keys' | 'logRequests' | 'maxTta' | 'explain' | 'allowedHosts'>,
    ReloadOptions {
  /** With a path: serve a file that was altered after it was exported; default: false. */
  readonly allowAltered?: boolean | undefined;
  /** How often one client may ask: `100/s`, `20/m`, `1000/h`; default: as often as it likes. */
  readonly rateLimit?: string | undefined;
  /** A file that keeps what keys have used of their quotas; default: a restart begins anew. */
  readonly quotaFile?: string | undefined;
  /** Proxies whose `X-Forwarded-For` is believed: addresses, networks, `loopback`, `private`, `unix`; default: none. */
  readonly trustProxy?: readonly string[] | undefined;
  /** With the path of a file that is not ours: what it does not say, as a JSON file or as JSON. */
  readonly classifier?: string | undefined;
  /** Whether the page is there for people; default: true. */
  readonly page?: boolean | undefined;
}

/** A Hono app that answers as `onward serve` does: to mount under any path of another, or to run by its `fetch`. */
export interface Classifier extends Hono {
  /** As requests name what answers those that name none; undefined where several are there and none is the default. */
  readonly modelName: string | undefined;
  /** Whether what answers those that name none, or where there is no such any model, takes images; all take tensors. */
  readonly classifies: boolean;
  /** What nothing proves of the models, a sentence each. */
  readonly notes: readonly string[];
  /** Answers the requests that it has, then ends the worker threads. */
  close(): Promise<void>;
}

/**
 * Opens a model, or all of a folder, and makes the app that serves them.
 * @param given a loaded model, the path of a model.onnx, or that of a folder of models
 * @throws OnwardError when no model can be served, or the engine is missing or differs
 */
export async function classifier(given: LoadedModel | string, options: ClassifierOptions = {}): Promise<Classifier> {
  const { limits: limited = {}, page: withPage = true, log = console.error, ...rest } = options;
  const {
    modelControl,
    keys,
    logRequests,
    maxTta,
    explain,
    rateLimit,
    quotaFile,
    trustProxy,
    allowedHosts,
    ...ofModels
  } = rest;
  const rate = rateLimit === undefined ? undefined : parseRate(rateLimit, '--rate-limit');
  const trusted = trustProxy?.length ? trustedProxies(trustProxy) : undefined;
  const limits = limitsOf(limited);
  const structured = jsonLog(log);
  const metrics = createMetrics();
  const kept = quotaFile === undefined ? undefined : await keepQuotas(quotaFile, structured);
  const { models, notes } = await openRepository(given, { ...ofModels, limits, metrics, log: structured });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= models.close().finally(() => kept?.close());
    return closing;
  };
  const make = async () => {
    const page = withPage ? await shownPage(() => models.shown()?.classifier) : undefined;
    return createApp({
      ...{ models, page, limits, metrics, modelControl, keys, logRequests, log: structured },
      ...{ maxTta, explain, allowedHosts },
      ...{ rateLimit: rate, quotas: kept?.quotas, trusted, tracing: await loadTracing() },
    });
  };
  const app = await make().catch(async (error: unknown) => {
    // Their threads would keep the process.
    await close();
    throw error;
  });
  return Object.assign(app, {
    modelName: models.shown()?.name,
    classifies: models.classifies,
    notes,
    close,
  });
}

import { stat } from 'node:fs/promises';
import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import type { Log } from '../http/index.js';
import type { Limits } from '../limits.js';
import type { Metrics } from '../metrics/index.js';
import {
  checkModelName,
  defaultRunning,
  modelNameOf,
  openServedModel,
  type Servable,
  type ServedModelOptions,
  servableOf,
} from '../models/index.js';
import { createRepository } from './create.js';
import { type FileOptions, scanFile } from './file.js';
import { scanFolder } from './folder.js';
import type { Scan } from './found.js';
import { inTurn } from './in-turn.js';
import { estimateOf } from './memory.js';
import type { Repository } from './repository.js';

export interface ReloadOptions {
  /** `auto`: what changes on the disk is opened, tested on its golden samples, and takes over; default: `off`. */
  readonly reload?: 'auto' | 'off' | undefined;
  /** Milliseconds between two looks where the system does not tell of changes; default: 5,000. */
  readonly reloadInterval?: number | undefined;
  /** Bytes of all open models, as they are estimated; default: no end. */
  readonly memoryBudget?: number | undefined;
}

export interface OpenRepositoryOptions
  extends Omit<ServedModelOptions, 'limits' | 'observer' | 'version' | 'log'>,
    FileOptions,
    ReloadOptions {
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface OpenedRepository {
  readonly models: Repository;
  /** What nothing proves of the models that were opened, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The models that are served: one that is loaded, of one file, or of a folder.
 * @throws OnwardError where none of them can be served
 */
export async function openRepository(
  given: LoadedModel | string,
  {
    limits,
    metrics,
    log,
    reload = 'off',
    reloadInterval = 5000,
    memoryBudget,
    allowAltered,
    classifier,
    ...options
  }: OpenRepositoryOptions,
): Promise<OpenedRepository> {
  const path = typeof given === 'string' ? given : undefined;
  const isFolder = path !== undefined && ((await stat(path).catch(() => undefined))?.isDirectory() ?? false);
  if (isFolder && options.name !== undefined) {
    throw new OnwardError('usage', `a folder names its models; expected no other name, got ${options.name}`);
  }
  if (classifier !== undefined && (isFolder || path === undefined)) {
    throw new OnwardError(
      'usage',
      'expected a file of its own beside each model of a folder (model.classifier.json), got --classifier',
    );
  }
  for (const [what, value] of Object.entries({
    'the reload interval': reloadInterval,
    'the memory budget': memoryBudget,
  })) {
    if (value === undefined || value > 0) continue;
    throw new OnwardError('usage', `expected ${what} to be a number above 0, got ${value}`);
  }
  const name = checkModelName(options.name ?? modelNameOf(typeof given === 'string' ? given : given.name));

  const scan = (): Promise<Scan> => {
    if (isFolder) return scanFolder(path, { allowAltered });
    return typeof given === 'string'
      ? scanFile(given, name, { allowAltered, classifier })
      : Promise.resolve(scanOf(given, name));
  };
  let started = false;
  const notes = new Set<string>();
  const measureInTurn = inTurn();
  const workersFor = () =>
    options.workers ?? defaultRunning(options.engine ?? 'ort-cpu', options.devices?.length).workers;

  const models = await createRepository({
    where: path ?? name,
    scan,
    reload: path === undefined ? 'off' : reload,
    interval: reloadInterval,
    memoryBudget,
    patience: limits.timeout,
    mostWaiting: limits.maxQueue,
    estimate: (bytes, workers = workersFor()) => estimateOf(bytes, workers),
    async open(servable: Servable, at) {
      const model = await openServedModel(servable, {
        ...options,
        ...at,
        limits,
        measureInTurn,
        observer: metrics.observer(at),
        log: (message) => log('warn', { message, model: at.name, version: at.version }),
      });
      for (const note of servable.notes) {
        const said = isFolder ? `${at.name}/${at.version}: ${note}` : note;
        if (started && !notes.has(said)) log('info', { message: said });
        notes.add(said);
      }
      return model;
    },
    log: (level, message) => log(level, { message }),
    observer: metrics.repository,
  });
  started = true;
  return { models, notes: [...notes] };
}

const scanOf = (model: LoadedModel, name: string): Scan => ({
  found: [
    { name, version: '1', file: model.name, fingerprint: 'given', read: () => Promise.resolve(servableOf(model)) },
  ],
  refused: [],
  folders: [],
});

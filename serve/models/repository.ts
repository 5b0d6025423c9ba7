import { HTTPException } from 'hono/http-exception';
import type { IndexEntry } from '../../protocol/index.js';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { ServedModel } from './served-model.js';

export type { IndexEntry };

/** The models of a server, by name and version. */
export interface Repository {
  /** What requests go to that name no model. @throws HTTPException 503 while it is unloaded */
  chosen(): ServedModel;
  /** @throws HTTPException 404 for an unknown name or version, 503 for one that is not loaded */
  find(name: string, version?: string): ServedModel;
  /** Of a model: those that can be asked for. */
  versions(name: string): readonly string[];
  index(): readonly IndexEntry[];
  /** Reads it again and takes requests over when it is ready; until then the old one serves on. */
  load(name: string): Promise<void>;
  /** Takes no more requests for it, and answers those that it has. */
  unload(name: string): Promise<void>;
  readonly ready: boolean;
  close(): Promise<void>;
}

const missing = (message: string) => new HTTPException(404, { message });

/**
 * One model under one name.
 * @param reopen reads and opens it again; left out, it cannot be loaded again
 */
export function oneModel(first: ServedModel, reopen?: () => Promise<ServedModel>): Repository {
  const { name, version } = first;
  let model: ServedModel | undefined = first;
  let loading: Promise<void> | undefined;
  let reason = '';
  const leaving = new Set<Promise<void>>();

  function check(asked: string, askedVersion?: string): void {
    if (asked !== name)
      throw missing(`there is no model ${JSON.stringify(asked.slice(0, 140))} here; expected ${name}`);
    if (askedVersion !== undefined && askedVersion !== version) {
      throw missing(
        `the model ${name} has no version ${JSON.stringify(askedVersion.slice(0, 40))}; expected ${version}`,
      );
    }
  }
  function loaded(): ServedModel {
    if (!model) throw new HTTPException(503, { message: `the model ${name} is not loaded; load it first` });
    return model;
  }
  function leave(old: ServedModel | undefined): Promise<void> {
    if (!old) return Promise.resolve();
    const work: Promise<void> = old.close().finally(() => leaving.delete(work));
    leaving.add(work);
    return work;
  }
  async function open(): Promise<void> {
    if (!reopen)
      throw new OnwardError(
        'usage',
        `the model ${name} was given to this server by a program, which alone can load it`,
      );
    try {
      const next = await reopen();
      const old = model;
      model = next;
      reason = '';
      void leave(old);
    } catch (error) {
      reason = messageOf(error);
      throw error;
    }
  }

  return {
    chosen: loaded,
    find(asked, askedVersion) {
      check(asked, askedVersion);
      return loaded();
    },
    versions(asked) {
      check(asked);
      return [version];
    },
    index: () => [
      {
        name,
        version,
        state: model?.ready ? 'READY' : loading ? 'LOADING' : 'UNAVAILABLE',
        reason: model?.ready ? '' : reason || (model ? 'no worker is there' : 'unloaded'),
      },
    ],
    load(asked) {
      check(asked);
      loading ??= open().finally(() => {
        loading = undefined;
      });
      return loading;
    },
    async unload(asked) {
      check(asked);
      const old = model;
      model = undefined;
      await leave(old);
    },
    get ready() {
      return model?.ready ?? false;
    },
    async close() {
      await loading?.catch(() => {});
      await leave(model);
      await Promise.all(leaving);
    },
  };
}

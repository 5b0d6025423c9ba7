import { HTTPException } from 'hono/http-exception';
import { OnwardError } from '../../runtime/common/index.js';
import type { ServedModel } from '../models/index.js';
import type { Asked, Repository } from './repository.js';

const missing = (message: string) => new HTTPException(404, { message });

/** One model that somebody opened, under its name. It can be unloaded, and not loaded again. */
export function oneModel(given: ServedModel): Repository {
  const { name, version } = given;
  let model: ServedModel | undefined = given;

  function check({ name: asked = name, version: askedVersion = version }: Asked): void {
    if (asked !== name)
      throw missing(`there is no model ${JSON.stringify(asked.slice(0, 140))} here; expected ${name}`);
    if (askedVersion === version) return;
    throw missing(`the model ${name} has no version ${JSON.stringify(askedVersion.slice(0, 40))}; expected ${version}`);
  }
  function loaded(): ServedModel {
    if (!model) throw new HTTPException(503, { message: `the model ${name} is not loaded; load it first` });
    return model;
  }

  return {
    async use(asked, work) {
      check(asked);
      return work(loaded());
    },
    check(asked) {
      check(asked);
      loaded();
    },
    shown: () => model,
    get classifies() {
      return model?.classifier !== undefined;
    },
    versions(asked) {
      check({ name: asked });
      return [version];
    },
    index: () => [
      {
        name,
        version,
        state: model?.ready ? 'READY' : 'UNAVAILABLE',
        reason: model?.ready ? '' : model ? 'no worker is there' : 'unloaded',
      },
    ],
    isReady(asked, askedVersion) {
      check({ name: asked, version: askedVersion });
      return loaded().ready;
    },
    async load(asked) {
      check({ name: asked });
      throw new OnwardError(
        'usage',
        `the model ${name} was given to this server by a program, which alone can load it`,
      );
    },
    async unload(asked) {
      check({ name: asked });
      const old = model;
      model = undefined;
      await old?.close();
    },
    get ready() {
      return model?.ready ?? false;
    },
    close: async () => model?.close(),
  };
}

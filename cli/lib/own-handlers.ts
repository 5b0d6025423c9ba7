import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Handler } from '../../export/index.node.js';
import { messageOf, OnwardError } from '../../runtime/common/index.js';

/**
 * The handlers that somebody's module gives as its default export: a Map from class name to handler, or an object.
 * @throws OnwardError kind `input`: it is not there, does not load, or gives something else
 */
export async function readHandlers(path: string): Promise<ReadonlyMap<string, Handler>> {
  const module: { default?: unknown } = await import(pathToFileURL(resolve(path)).href).catch((cause: unknown) => {
    const [line = ''] = messageOf(cause).split('\n');
    throw new OnwardError('input', `${path}: it cannot be loaded as a JavaScript module (${line})`, { cause });
  });
  const given = module.default;
  const handlers = new Map<string, unknown>(given instanceof Map ? given : Object.entries(given ?? {}));
  const wrong = [...handlers].find(([, handler]) => typeof handler !== 'function');
  if (handlers.size > 0 && !wrong) return handlers as Map<string, Handler>;
  throw new OnwardError(
    'input',
    `${path}: expected a default export of handlers by the names of their classes, got ${wrong ? `${typeof wrong[1]} for "${wrong[0]}"` : 'none'}`,
  );
}

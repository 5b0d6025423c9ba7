import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { OnwardError } from '../../../runtime/common/index.js';
import { headerOf, readBody } from '../../http/index.js';
import type { Route, RouteContext } from '../route.js';

async function jsonOf(c: Context, { limits }: RouteContext): Promise<{ readonly [key: string]: unknown }> {
  const body = await readBody(c, Math.min(limits.maxBodyBytes, 64 * 1024));
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as { readonly [key: string]: unknown };
  } catch {
    // Said below.
  }
  throw new OnwardError('input', 'expected a JSON object or an empty body, got something else');
}

/** Every model, whether it is ready or not. */
const index: Route = {
  method: 'POST',
  path: '/v2/repository/index',
  create: (context) =>
    async function index(c) {
      const { ready } = await jsonOf(c, context);
      if (ready !== undefined && typeof ready !== 'boolean') {
        throw new OnwardError(
          'input',
          `expected "ready" to be true or false, got ${JSON.stringify(ready).slice(0, 40)}`,
        );
      }
      return c.json(context.models.index().filter(({ state }) => !ready || state === 'READY'));
    },
};

const control = (verb: 'load' | 'unload'): Route => ({
  method: 'POST',
  path: `/v2/repository/models/:model/${verb}`,
  create: (context) =>
    async function controlModel(c) {
      if (!context.modelControl) {
        throw new HTTPException(403, {
          message: `expected a server that lets requests ${verb} models, but this one does not; start it with --model-control`,
        });
      }
      const site = headerOf(c, 'sec-fetch-site');
      if (site !== undefined && site !== 'same-origin' && site !== 'none') {
        throw new HTTPException(403, {
          message: `expected a page of this server to ${verb} a model, got one of another`,
        });
      }
      const { parameters } = await jsonOf(c, context);
      // A file or a configuration out of a request would be somebody else's model: only what is on the disk is loaded.
      const refused = Object.keys((parameters as object | undefined) ?? {}).find(
        (name) => name !== 'unload_dependents',
      );
      if (refused !== undefined) {
        throw new OnwardError(
          'input',
          `expected no parameters but "unload_dependents", got ${JSON.stringify(refused.slice(0, 60))}`,
        );
      }
      await context.models[verb](c.req.param('model')!);
      return c.json({});
    },
});

export const repositoryRoutes: readonly Route[] = [index, control('load'), control('unload')];

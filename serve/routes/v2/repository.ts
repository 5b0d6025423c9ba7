import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { indexBodySchema, indexEntrySchema, loadBodySchema } from '../../../protocol/index.js';
import { OnwardError } from '../../../runtime/common/index.js';
import { checked, headerOf, hostOf, readBody } from '../../http/index.js';
import type { Route, RouteContext } from '../route.js';

async function jsonOf<T>(c: Context, schema: z.ZodType<T>, { limits }: RouteContext): Promise<T> {
  const body = await readBody(c, Math.min(limits.maxBodyBytes, 64 * 1024));
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(Buffer.from(body).toString());
  } catch (cause) {
    throw new OnwardError('input', 'expected a JSON object or an empty body, got something else', { cause });
  }
  return checked(schema, value, 'the body');
}

/** Every model, whether it is ready or not. */
const index: Route = {
  method: 'POST',
  path: '/v2/repository/index',
  operation: {
    id: 'repositoryIndex',
    group: 'Open Inference Protocol',
    summary: 'every model, whether it is ready or not',
    body: { meaning: 'nothing, or which', required: false, content: { 'application/json': indexBodySchema } },
    answer: { meaning: 'the models', content: { 'application/json': z.array(indexEntrySchema) } },
    errors: [400, 413],
  },
  create: (context) =>
    async function index(c) {
      const { ready } = await jsonOf(c, indexBodySchema, context);
      return c.json(context.models.index().filter(({ state }) => !ready || state === 'READY'));
    },
};

/** Whether a page of another site asks. Browsers say less where they do not trust the connection: the origin alone, over plain HTTP. */
function fromElsewhere(c: Context): boolean {
  const site = headerOf(c, 'sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = headerOf(c, 'origin');
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== hostOf(c)?.toLowerCase();
}

const control = (verb: 'load' | 'unload'): Route => ({
  method: 'POST',
  path: `/v2/repository/models/:model/${verb}`,
  operation: {
    id: `${verb}Model`,
    group: 'Open Inference Protocol',
    summary:
      verb === 'load' ? 'reads a model again, and takes requests over when it is ready' : 'takes no more requests',
    more: 'Only on a server that was started with `--model-control`.',
    body: { meaning: 'nothing', required: false, content: { 'application/json': loadBodySchema } },
    answer: { meaning: 'done', content: { 'application/json': z.object({}) } },
    errors: [400, 403, 404, 413, 503],
  },
  create: (context) =>
    async function controlModel(c) {
      if (!context.modelControl) {
        throw new HTTPException(403, {
          message: `expected a server that lets requests ${verb} models, but this one does not; start it with --model-control`,
        });
      }
      if (fromElsewhere(c)) {
        throw new HTTPException(403, {
          message: `expected a page of this server to ${verb} a model, got one of another`,
        });
      }
      // A file or a configuration out of a request would be somebody else's model: only what is on the disk is loaded.
      await jsonOf(c, loadBodySchema, context);
      await context.models[verb](c.req.param('model')!);
      return c.json({});
    },
});

export const repositoryRoutes: readonly Route[] = [index, control('load'), control('unload')];

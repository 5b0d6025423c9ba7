import type { Context } from 'hono';
import { modelMetadataSchema, modelReadySchema } from '../../../protocol/index.js';
import { modelMetadata } from '../../v2/index.js';
import type { Route, RouteContext } from '../route.js';

const base = '/v2/models/:model';

/** What takes a model's name takes its version, too. */
export const withVersion = (rest: string) => [`${base}${rest}`, `${base}/versions/:version${rest}`] as const;

export const modelOf = (c: Context, { models }: RouteContext) =>
  models.find(c.req.param('model')!, c.req.param('version'));

/** Its inputs and outputs. */
export const modelRoutes: readonly Route[] = withVersion('').map((path) => ({
  method: 'GET',
  path,
  operation: {
    id: 'modelMetadata',
    group: 'Open Inference Protocol',
    summary: "a model's inputs and outputs",
    answer: { meaning: 'the model', content: { 'application/json': modelMetadataSchema } },
    errors: [404, 503],
  },
  create: (context) =>
    function metadata(c) {
      const model = modelOf(c, context);
      return c.json(modelMetadata(model, context.models.versions(model.name)));
    },
}));

/** Whether it can answer. */
export const modelReadyRoutes: readonly Route[] = withVersion('/ready').map((path) => ({
  method: 'GET',
  path,
  operation: {
    id: 'modelReady',
    group: 'Open Inference Protocol',
    summary: 'whether a model can answer',
    answer: { meaning: 'it can', content: { 'application/json': modelReadySchema } },
    errors: [400, 404, 503],
  },
  create: (context) =>
    function modelReady(c) {
      const { name, ready } = modelOf(c, context);
      return ready ? c.json({ name, ready }) : c.json({ error: `the model ${name} is not ready` }, 400);
    },
}));

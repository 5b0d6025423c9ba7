import { modelMetadataSchema, modelReadySchema } from '../../../protocol/index.js';
import { modelMetadata } from '../../v2/index.js';
import { askedOf } from '../asked.js';
import type { Route } from '../route.js';

const base = '/v2/models/:model';

/** What takes a model's name takes its version, too. */
export const withVersion = (rest: string) => [`${base}${rest}`, `${base}/versions/:version${rest}`] as const;

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
  create: ({ models }) =>
    async function metadata(c) {
      const said = await models.use(askedOf(c, path), async (model) =>
        modelMetadata(model, models.versions(model.name)),
      );
      return c.json(said);
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
  create: ({ models }) =>
    function modelReady(c) {
      const name = c.req.param('model')!;
      const ready = models.isReady(name, c.req.param('version'));
      return ready ? c.json({ name, ready }) : c.json({ error: `the model ${name} is not ready` }, 400);
    },
}));

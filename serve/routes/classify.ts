import { answerOf } from '../answer.js';
import { readBody } from '../read-body.js';
import { checkType } from '../upload.js';
import type { Route } from './route.js';

export const classify: Route = {
  method: 'POST',
  path: '/classify',
  create: ({ model, pool, maxBodyBytes }) =>
    async function classify(c) {
      const contentType = c.req.header('content-type') ?? '';
      checkType(contentType);
      const bytes = await readBody(c.req.raw, maxBodyBytes);
      return c.json(answerOf(await pool.classify({ bytes, contentType }), model.labels, pool.engine));
    },
};

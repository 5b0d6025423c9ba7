import type { Context } from 'hono';
import { OnwardError } from '../../runtime/common/index.js';
import { answerOf } from '../answer.js';
import { answer, clientOf, headerOf, readBody } from '../http/index.js';
import { checkType } from '../upload.js';
import type { Route } from './route.js';

/** `?top=3` */
function topOf(c: Context, classes: number): number | undefined {
  const text = c.req.query('top');
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new OnwardError(
      'usage',
      `expected ?top= to be a whole number from 1 up, got ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  return Math.min(Number(text), classes);
}

/** One image in, its classes out; of a form with several files a list, in their order. */
export const classify: Route = {
  method: 'POST',
  path: '/classify',
  create: ({ models, limits, metrics }) =>
    async function classify(c) {
      const contentType = headerOf(c, 'content-type') ?? '';
      checkType(contentType);
      const bytes = await readBody(c, limits.maxBodyBytes);
      // Only now: while the body came another one may have taken its place.
      const model = models.chosen();
      const labels = model.classifier?.labels ?? [];
      const top = topOf(c, labels.length);
      const done = metrics.request(model.name, 'classify');
      try {
        const { probabilities, outcome } = await model.classify({ bytes, contentType }, clientOf(c));
        const { decode, batch, run } = outcome.times;
        const options = { labels, engine: model.engine, milliseconds: decode + batch + run, top };
        const answers = probabilities.map((one) => answerOf(one, options));
        done('ok', outcome);
        return answer(c, JSON.stringify(answers.length === 1 ? answers[0] : answers), {
          'Content-Type': 'application/json',
        });
      } catch (error) {
        done(error instanceof OnwardError ? 'refused' : 'failed');
        throw error;
      }
    },
};

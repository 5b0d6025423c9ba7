import type { Context } from 'hono';
import { z } from 'zod';
import { answerSchema, explainSchema, topSchema, ttaSchema } from '../../protocol/index.js';
import { answerOf, likeliest } from '../answer.js';
import { answer, clientOf, countAhead, headerOf, wholeInQuery } from '../http/index.js';
import { asShadow, type ServedModel } from '../models/index.js';
import { tracePhases } from '../tracing/index.js';
import { checkType, isForm, partsOf } from '../upload.js';
import { answeredBy, answeredByHeader } from './answered-by.js';
import { askedOf } from './asked.js';
import { answerExtras, extrasAsked } from './classify-extras.js';
import { resultOf } from './result-of.js';
import type { Route } from './route.js';

function topOf(c: Context, { classifier }: ServedModel): number | undefined {
  const most = wholeInQuery(c, 'top', topSchema, 'a whole number from 1 up');
  return most && Math.min(most, classifier?.labels.length ?? 0);
}

/** One image in, its classes out; of a form with several files a list, in their order. */
export const classifyRoutes: readonly Route[] = [
  '/classify',
  '/classify/:model',
  '/classify/:model/versions/:version',
].map((path) => ({
  method: 'POST',
  path,
  operation: {
    id: path === '/classify' ? 'classify' : 'classifyModel',
    group: 'classify',
    summary: 'one image in, its classes out',
    more: 'The image is the body itself, or the file `image` of a form. A form with several is answered by a list in their order. What the bytes are decides, not what they are called.',
    query: {
      top: { schema: topSchema, meaning: 'so many classes, the likeliest first, instead of all' },
      tta: {
        schema: ttaSchema,
        meaning: 'the mean over so many augmented draws; where the server was started with `--max-tta`',
      },
      explain: {
        schema: explainSchema,
        meaning: 'what of the image counts for a class; where the server was started with `--explain`',
      },
      class: { schema: z.string(), meaning: 'with `explain`: the class, by its label; else the likeliest' },
    },
    body: {
      meaning: 'a PNG, JPEG or WebP image, or a form with such files',
      required: true,
      content: {
        'image/png': 'bytes',
        'image/jpeg': 'bytes',
        'image/webp': 'bytes',
        'application/octet-stream': 'bytes',
        'multipart/form-data': { files: 'image' },
      },
    },
    answer: {
      meaning: 'of one image the answer, of several a list',
      headers: answeredByHeader,
      content: {
        'application/json': z.union([answerSchema, z.array(answerSchema)]),
        // With `?explain=`, where that is what the client accepts.
        'image/png': 'bytes',
      },
    },
    errors: [400, 403, 404, 408, 413, 415, 422, 503],
  },
  create: ({ models, limits, bodies, metrics, maxTta, explain }) =>
    bodies.held(async function classify(c, read) {
      const asked = askedOf(c, path);
      // Refused before its body is read, where there is no such model.
      models.check(asked);
      const contentType = headerOf(c, 'content-type') ?? '';
      checkType(contentType);
      const extras = extrasAsked(c, { maxTta, explain });
      const bytes = await read(limits.maxBodyBytes);
      if (extras) {
        return models.use(asked, async (model) => {
          const done = metrics.request(model, 'classify');
          try {
            const most = topOf(c, model);
            const response = await answerExtras(c, model, { bytes, contentType }, extras, { top: most, limits });
            done('ok');
            return response;
          } catch (error) {
            done(resultOf(error));
            throw error;
          }
        });
      }
      // Only now: while the body came another one may have taken its place.
      const classified = async (model: ServedModel) => {
        const labels = model.classifier?.labels ?? [];
        const top = topOf(c, model);
        const done = metrics.request(model, 'classify');
        let counted = (_: number) => {};
        try {
          counted = countAhead(c, isForm(contentType) ? partsOf({ bytes, contentType }, limits.maxImages) : 1);
          const { probabilities, outcome } = await model.classify({ bytes, contentType }, clientOf(c));
          const { decode, batch, run } = outcome.times;
          const options = { labels, engine: model.engine, milliseconds: decode + batch + run, top };
          const answers = probabilities.map((one) => answerOf(one, options));
          metrics.predicted(model, labels, probabilities);
          counted(answers.length);
          tracePhases(c, model, outcome);
          done('ok', outcome);
          const said = JSON.stringify(answers.length === 1 ? answers[0] : answers);
          const response = answer(c, said, { type: 'application/json', by: answeredBy(model) });
          return { response, named: answers.map(({ label }) => label) };
        } catch (error) {
          const result = resultOf(error);
          if (result === 'failed') counted(1);
          done(result);
          throw error;
        }
      };
      const { response } = await models.use(asked, classified, async (shadow, { named }) => {
        const { probabilities } = await shadow.classify({ bytes, contentType }, asShadow);
        const labels = shadow.classifier?.labels ?? [];
        return probabilities.map((one, i) => labels[likeliest(one, 1)[0]!] === named[i]);
      });
      return response;
    }),
}));

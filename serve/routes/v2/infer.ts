import { z } from 'zod';
import { inferBodySchema, inferResultSchema } from '../../../protocol/index.js';
import { OnwardError } from '../../../runtime/common/index.js';
import { answer, clientOf, countAhead, headerOf } from '../../http/index.js';
import { asShadow, type ServedModel } from '../../models/index.js';
import type { Tensor } from '../../tensors/index.js';
import { tracePhases } from '../../tracing/index.js';
import { mediaType } from '../../upload.js';
import { agreement, inferAnswer, numbersOf, readInferRequest } from '../../v2/index.js';
import { answeredBy, answeredByHeader } from '../answered-by.js';
import { askedOf } from '../asked.js';
import { resultOf } from '../result-of.js';
import type { Route } from '../route.js';
import { withVersion } from './model.js';
import { unpacked } from './unpacked.js';

/** What says nothing is taken as JSON: the form type is what curl's `--data` sends, plain text what `fetch` does with a string. */
const opaque = ['', 'text/plain', 'application/x-www-form-urlencoded'];
const types = new Set(['application/json', 'application/octet-stream', ...opaque]);

/** Of each image, where they are among the outputs that were asked for. */
function probabilitiesIn(tensors: readonly Tensor[], { classifier }: ServedModel): Float32Array[] {
  const found = tensors.find(({ name, datatype }) => name === classifier?.output.name && datatype === 'FP32');
  if (!classifier || !found) return [];
  const numbers = numbersOf(found) as Float32Array;
  const classes = classifier.labels.length;
  const rows: Float32Array[] = [];
  for (let at = 0; at < numbers.length; at += classes) rows.push(numbers.subarray(at, at + classes));
  return rows;
}

/** Tensors in, tensors out. */
export const inferRoutes: readonly Route[] = withVersion('/infer').map((path) => ({
  method: 'POST',
  path,
  operation: {
    id: 'infer',
    group: 'Open Inference Protocol',
    summary: 'tensors in, tensors out',
    more: 'JSON, or JSON with tensors as bytes behind it: then `Inference-Header-Content-Length` says how long the JSON is. May be compressed (`Content-Encoding: gzip` or `deflate`).',
    headers: {
      'Inference-Header-Content-Length': {
        schema: z.int().min(0),
        meaning: 'so many bytes are JSON; the rest are tensors',
      },
    },
    body: {
      meaning: 'what the metadata of the model say that it takes',
      required: true,
      content: { 'application/json': inferBodySchema, 'application/octet-stream': 'bytes' },
    },
    answer: {
      meaning: 'the outputs; with bytes behind the JSON where that was asked for',
      headers: {
        ...answeredByHeader,
        'Inference-Header-Content-Length': {
          schema: z.int().min(0),
          meaning: 'where bytes come: so many are JSON; the rest are tensors',
        },
      },
      content: { 'application/json': inferResultSchema, 'application/octet-stream': 'bytes' },
    },
    errors: [400, 404, 408, 413, 415, 422, 503],
  },
  create: ({ models, limits, bodies, metrics }) =>
    bodies.held(async function infer(c, read) {
      // Refused before its body is read, where there is no such model.
      const asked = askedOf(c, path);
      models.check(asked);
      const type = mediaType(headerOf(c, 'content-type') ?? '');
      if (!types.has(type)) {
        throw new OnwardError(
          'type',
          `expected an inference request as application/json (or application/octet-stream with binary data), got ${type.slice(0, 80)}`,
        );
      }
      const sent = await read(limits.maxBodyBytes);
      // Only now: while the body came another version may have taken its place.
      const length = headerOf(c, 'inference-header-content-length');
      const inferred = async (model: ServedModel) => {
        const done = metrics.request(model, 'infer');
        let counted = (_: number) => {};
        try {
          const body = await unpacked(sent, headerOf(c, 'content-encoding'), limits.maxBodyBytes);
          const request = readInferRequest(body, length, model, limits.maxRows);
          counted = countAhead(c, model.batched ? request.inputs[0]!.shape[0]! : 1);
          const wanted = request.outputs.map(({ name }) => name);
          const { tensors, outcome } = await model.infer(request.inputs, wanted, clientOf(c));
          const { body: said, jsonBytes } = inferAnswer(model, request, tensors);
          metrics.predicted(model, model.classifier?.labels ?? [], probabilitiesIn(tensors, model));
          tracePhases(c, model, outcome);
          done('ok', outcome);
          const type = jsonBytes === undefined ? 'application/json' : 'application/octet-stream';
          return { response: answer(c, said, { type, by: answeredBy(model), jsonBytes }), body, wanted, tensors };
        } catch (error) {
          const result = resultOf(error);
          if (result === 'failed') counted(1);
          done(result);
          throw error;
        }
      };
      const { response } = await models.use(asked, inferred, async (shadow, { body, wanted, tensors }) => {
        const { inputs } = readInferRequest(body, length, shadow, limits.maxRows);
        return agreement(tensors, (await shadow.infer(inputs, wanted, asShadow)).tensors);
      });
      return response;
    }),
}));

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { explainSchema, ttaSchema } from '../../protocol/index.js';
import { OnwardError, unknownName } from '../../runtime/common/index.js';
import { answerOf } from '../answer.js';
import { type Asking, type HeatMethod, heatMethods } from '../extras/index.js';
import { clientOf, countAhead, headerOf, wholeInQuery } from '../http/index.js';
import type { Limits } from '../limits.js';
import { headerOfImage, type ServedModel } from '../models/index.js';
import { isForm, partsOf, type Upload } from '../upload.js';
import { answeredBy } from './answered-by.js';
import type { RouteContext } from './route.js';

/** What of a request costs more than a prediction. */
export type ExtrasAsked =
  | { readonly draws: number }
  | { readonly method: HeatMethod; readonly label: string | undefined; readonly asPicture: boolean };

/** Predictions that a heat map takes, at most: as so many images it counts for rates and quotas. */
const heatCost: Readonly<Record<HeatMethod, number>> = { cam: 129, occlusion: 257 };

const refused = (message: string) => new HTTPException(403, { message });

/** @throws OnwardError kind `usage`; HTTPException 403 for what this server does not do */
export function extrasAsked(
  c: Context,
  { maxTta, explain }: Pick<RouteContext, 'maxTta' | 'explain'>,
): ExtrasAsked | undefined {
  const draws = wholeInQuery(c, 'tta', ttaSchema, 'a whole number from 1 up');
  const method = c.req.query('explain');
  if (draws !== undefined && method !== undefined) {
    throw new OnwardError('usage', 'expected ?tta= or ?explain=, got both; ask twice');
  }
  if (draws !== undefined) {
    if (maxTta === 0) {
      throw refused('expected a server that averages over draws, but this one does not; start it with --max-tta');
    }
    if (draws > maxTta) throw new OnwardError('size', `expected ?tta= of at most ${maxTta} draws, got ${draws}`);
    return { draws };
  }
  if (method === undefined) return undefined;
  if (!explain) throw refused('expected a server that explains, but this one does not; start it with --explain');
  const result = explainSchema.safeParse(method);
  if (!result.success) throw new OnwardError('usage', unknownName('?explain=', method.slice(0, 40), heatMethods));
  const asPicture = /\bimage\/png\b/.test(headerOf(c, 'accept') ?? '');
  return { method: result.data, label: c.req.query('class'), asPicture };
}

/**
 * How many images it counts as, before it is decoded.
 * @throws OnwardError for what its header shows to be none, or too large: it costs nothing then
 */
function countedIn(upload: Upload, { maxPixels, maxImages }: Limits): number {
  if (isForm(upload.contentType)) return partsOf(upload, maxImages);
  headerOfImage(upload.bytes, maxPixels);
  return 1;
}

/** The answer in JSON; a heat map alone as a picture, where that is what the client accepts. */
export async function answerExtras(
  c: Context,
  model: ServedModel,
  upload: Upload,
  asked: ExtrasAsked,
  { top, limits }: { readonly top: number | undefined; readonly limits: Limits },
): Promise<Response> {
  c.header('X-Onward-Model', answeredBy(model));
  const start = performance.now();
  const labels = model.classifier?.labels ?? [];
  const answersOf = (probabilities: readonly Float32Array[]) =>
    probabilities.map((one) =>
      answerOf(one, { labels, engine: model.engine, milliseconds: performance.now() - start, top }),
    );
  const images = countedIn(upload, limits);
  const cost = 'draws' in asked ? images * asked.draws : heatCost[asked.method];
  const { id, onGone } = clientOf(c);
  const asking: Asking = {
    client: id,
    onGone,
    charge: () => {
      const correct = countAhead(c, cost);
      return () => correct(1);
    },
  };
  if ('draws' in asked) {
    const { probabilities } = await model.extras().average(upload, asked.draws, asking);
    const answers = answersOf(probabilities).map((one) => ({ ...one, draws: asked.draws }));
    return c.json(answers.length === 1 ? answers[0] : answers);
  }
  const { png, probabilities, label, title, how } = await model
    .extras()
    .heat(upload, asked.method, asked.label, asking);
  if (asked.asPicture) return c.body(png, 200, { 'Content-Type': 'image/png' });
  const heat = { label, title, how, image: `data:image/png;base64,${Buffer.from(png).toString('base64')}` };
  return c.json({ ...answersOf(probabilities)[0]!, heat });
}

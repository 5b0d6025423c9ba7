import { messageOf, OnwardError } from '../runtime/common/index.js';
import { engines as allEngines, type Engine, type EngineName, toleranceOf } from '../runtime/engines/index.node.js';
import type { LoadedModel } from '../runtime/model/index.node.js';
import { joinedView, testedFirst } from './activations/index.js';
import { compare } from './compare.js';
import { goldenImages, type Images } from './images.js';
import { compareNeighbours } from './neighbours/index.js';
import type { EngineReport, ParityReport } from './parity-report.js';
import { type EngineRun, type RunEngineOptions, runEngine } from './run-engine.js';

export interface VerifyOptions extends RunEngineOptions {
  /** Default: the model's golden samples. */
  readonly images?: Images | undefined;
  /** Default: all of them. One that is named and not there makes the report fail. */
  readonly engines?: readonly Engine[] | undefined;
}

/** An engine that predicted the images, or why it did not. */
type Tried =
  | { readonly run: EngineRun }
  | { readonly run?: undefined; readonly verdict: 'absent' | 'failed'; readonly reason: string };

interface Reference extends Pick<ParityReport, 'standIn'> {
  readonly name: ParityReport['reference'];
  readonly probabilities: Float32Array;
}

/**
 * Every engine's predictions beside those of the backend that trained. On golden samples these are the probabilities in
 * the file. On other images they are computed here from the layers model of the run folder, whether or not that engine
 * was asked for; where it cannot be run, another engine stands for it, and the report says so.
 * @throws OnwardError kind `input` when there are no images, neither given nor in the file; `missing` when no engine could
 *   run the model; `interrupted`
 */
export async function verify(model: LoadedModel, options: VerifyOptions = {}): Promise<ParityReport> {
  const images = options.images ?? goldenImages(model);
  if (!images || images.length === 0) {
    const none = images ? `${images.name}: there are none` : `${model.name} carries no golden samples`;
    throw new OnwardError('input', `${none}; give images to compare on with --data`);
  }
  const wanted = options.engines ?? allEngines;
  // Together, because browsers take a second to start; and before they are put in order, because a GPU engine knows only
  // then whether it is slow.
  await Promise.all(wanted.map((engine) => engine.probe()));
  const attempts = new Map<EngineName, Promise<Tried>>();
  const attempt = (engine: Engine) => {
    const tried = attempts.get(engine.name) ?? tryEngine(engine, model, images, options);
    attempts.set(engine.name, tried);
    return tried;
  };

  const reference: Reference = options.images
    ? await computeReference(model, wanted, attempt)
    : { name: 'golden samples', probabilities: model.golden!.probabilities, standIn: null };
  const rows: EngineReport[] = [];
  for (const engine of wanted) rows.push(reportOf(engine, await attempt(engine), reference, model));
  if (!rows.some((row) => row.verdict !== 'absent' && row.verdict !== 'failed')) {
    throw new OnwardError('missing', `no engine could run ${model.name}: ${rows[0]?.reason ?? 'none was named'}`);
  }
  const bad = ({ verdict }: EngineReport) =>
    verdict === 'differs' || verdict === 'failed' || (options.engines !== undefined && verdict === 'absent');
  return {
    model: model.name,
    digest: model.digest ?? null,
    reference: reference.name,
    standIn: reference.standIn,
    images: images.name,
    compared: comparesDistances(model, reference) ? 'distances' : 'probabilities',
    engines: rows,
    passed: !rows.some(bad),
  };
}

const isTensorFlow = ({ name }: Engine) => name.startsWith('tfjs-');

async function tryEngine(engine: Engine, model: LoadedModel, images: Images, options: VerifyOptions): Promise<Tried> {
  const probe = await engine.probe();
  if (!probe.available) return { verdict: 'absent', reason: `${probe.reason}; ${probe.remedy}` };
  if (isTensorFlow(engine) && !model.layersModel) {
    const reason = 'there is no run folder with the layers model beside the file; the golden samples stand for it';
    return { verdict: 'absent', reason };
  }
  try {
    // On the golden samples the probabilities are compared: near-ties are not among them.
    if (!model.neighbours || !options.images) return { run: await runEngine(engine, model, images, options) };
    const selfTest = await testedFirst(engine, model, true);
    return { run: { ...(await runEngine(engine, neighboursView(model), images, options)), selfTest } };
  } catch (error) {
    // Also when it ended because what it ran in was stopped.
    if (options.signal?.aborted) throw new OnwardError('interrupted', 'stopped before all engines were verified');
    return { verdict: 'failed', reason: messageOf(error) };
  }
}

/** Probabilities and distances side by side. */
function neighboursView(model: LoadedModel): LoadedModel {
  const { k, images } = model.neighbours!;
  const [values, more] = images > k ? [['distances', 'next_distance'], k + 1] : [['distances'], k];
  return joinedView(model, values, model.labels.length + more);
}

/** The engine that trained, else another that runs the same layers model, else the first that runs the file. */
async function computeReference(
  model: LoadedModel,
  wanted: readonly Engine[],
  attempt: (engine: Engine) => Promise<Tried>,
): Promise<Reference> {
  const trainer = model.provenance.backend && `tfjs-${model.provenance.backend}`;
  const layersEngines = model.layersModel ? allEngines.filter(isTensorFlow) : [];
  const candidates = [
    ...layersEngines.filter(({ name }) => name === trainer),
    ...layersEngines.filter(({ name }) => name !== trainer),
    // A slow one predicts the first images alone.
    ...wanted.filter(({ slow }) => !slow),
    ...wanted.filter(({ slow }) => slow),
  ];
  let reason = `the layers model that it was exported from is not beside ${model.name}`;
  for (const engine of candidates) {
    const { run, ...not } = await attempt(engine);
    if (run) {
      const standIn = model.neighbours
        ? 'the first engine that ran, as neighbours are not trained'
        : `${engine.name} stands for what trained: ${reason}`;
      const isTrainer = engine.name === trainer;
      return { name: engine.name, probabilities: run.probabilities, standIn: isTrainer ? null : standIn };
    }
    if (engine.name === trainer && 'reason' in not) reason = `${trainer} is ${not.verdict} (${not.reason})`;
  }
  throw new OnwardError('missing', `no engine could run ${model.name}: ${reason}`);
}

/** Of neighbours on other images than the golden samples. */
const comparesDistances = ({ neighbours }: LoadedModel, reference: Pick<Reference, 'name'>) =>
  neighbours !== undefined && reference.name !== 'golden samples';

function reportOf(engine: Engine, tried: Tried, reference: Reference, model: LoadedModel): EngineReport {
  const { name } = engine;
  const classes = model.labels.length;
  const tolerance = toleranceOf(engine, model);
  if (!tried.run) {
    const nothing = { version: null, device: null, maxAbsDiff: null, meanAbsDiff: null, top1Agreement: null };
    const { verdict, reason } = tried;
    return { engine: name, ...nothing, nearTies: null, images: 0, imagesPerSecond: null, tolerance, verdict, reason };
  }
  const { version, device, selfTest, probabilities, imagesPerSecond } = tried.run;
  // A slow reference has fewer.
  const rows = probabilities.subarray(0, reference.probabilities.length);
  const byDistance = comparesDistances(model, reference);
  const { flips, ...comparison } = byDistance
    ? compareNeighbours(reference.probabilities, rows, classes, model.neighbours!, tolerance)
    : compare(reference.probabilities, rows, classes, tolerance);
  const problems = [
    ...(comparison.maxAbsDiff === Number.POSITIVE_INFINITY ? ['its probabilities are not all numbers'] : []),
    ...(comparison.maxAbsDiff > tolerance
      ? [`max ${byDistance ? '|Δd|' : '|Δp|'} is over ${tolerance.toExponential()}`]
      : []),
    ...(flips > 0 ? [`${flips} ${flips === 1 ? 'image is' : 'images are'} called something else`] : []),
    ...(selfTest?.passed === false ? [`the golden samples differ by ${selfTest.maxAbsDiff.toExponential(1)}`] : []),
  ];
  const good = reference.name === name ? 'reference' : 'agrees';
  return {
    engine: name,
    version,
    device,
    ...comparison,
    imagesPerSecond,
    tolerance,
    verdict: problems.length > 0 ? 'differs' : good,
    reason: problems.join('; ') || null,
  };
}

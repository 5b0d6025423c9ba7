import { messageOf, OnwardError } from '../runtime/common/index.js';
import { engines as allEngines, type Engine, type EngineName, openSession } from '../runtime/engines/index.node.js';
import type { LoadedModel } from '../runtime/model/index.node.js';
import { compare } from './compare.js';
import { goldenImages, type Images } from './images.js';

/**
 * - `reference`: the others are compared with it
 * - `agrees` / `differs`: within its tolerance, and the same top class on all but near-ties, or not
 * - `absent`: not on this machine
 * - `failed`: there, but it could not run the model
 */
export type Verdict = 'reference' | 'agrees' | 'differs' | 'absent' | 'failed';

/** One row of the parity table. */
export interface EngineReport {
  readonly engine: EngineName;
  readonly version: string | null;
  readonly device: string | null;
  readonly images: number;
  readonly maxAbsDiff: number | null;
  readonly meanAbsDiff: number | null;
  readonly top1Agreement: number | null;
  readonly nearTies: number | null;
  readonly imagesPerSecond: number | null;
  readonly tolerance: number;
  readonly verdict: Verdict;
  /** Why it is absent, failed or differs. */
  readonly reason: string | null;
}

export interface ParityReport {
  readonly model: string;
  readonly digest: string | null;
  /** Whose probabilities the others were compared with: an engine, or the golden samples in the file. */
  readonly reference: EngineName | 'golden samples';
  readonly images: string;
  readonly engines: readonly EngineReport[];
  /** No engine differs or failed, and none that was asked for by name is absent. */
  readonly passed: boolean;
}

export interface VerifyOptions {
  /** Default: the model's golden samples. */
  readonly images?: Images | undefined;
  /** Default: all of them. One that is named and not there makes the report fail. */
  readonly engines?: readonly Engine[] | undefined;
  /** How many images an engine gets on which a few take seconds (a GPU in software). Default: 64. */
  readonly slowLimit?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((engine: EngineName, done: number, total: number) => void) | undefined;
}

const batchSize = 64;

/** Runs a model over images in an engine. The time is that of the predictions, after a first batch that warms up. */
async function runEngine(engine: Engine, model: LoadedModel, images: Images, options: VerifyOptions) {
  const session = await openSession(engine, model, { allowDifferent: true });
  try {
    const slow = session.slow ?? engine.slow ?? false;
    const count = slow ? Math.min(images.length, options.slowLimit ?? 64) : images.length;
    const classes = model.labels.length;
    const probabilities = new Float32Array(count * classes);
    const first = Math.min(slow ? 1 : batchSize, count);
    await session.predict(await images.slice(0, first), first);
    let seconds = 0;
    for (let start = 0; start < count; start += batchSize) {
      if (options.signal?.aborted) throw new OnwardError('interrupted', 'stopped before all engines were verified');
      const size = Math.min(batchSize, count - start);
      const batch = await images.slice(start, size);
      const before = performance.now();
      probabilities.set(await session.predict(batch, size), start * classes);
      seconds += (performance.now() - before) / 1000;
      options.onProgress?.(engine.name, start + size, count);
    }
    const { version, device, selfTest } = session;
    return { version, device, selfTest, probabilities, imagesPerSecond: count / seconds };
  } finally {
    await session.close();
  }
}

/** Which engine is the one that trained this model, if its layers model is here to run. */
function trainerOf(model: LoadedModel): EngineName | undefined {
  return model.layersModel && model.provenance.backend ? (`tfjs-${model.provenance.backend}` as EngineName) : undefined;
}

function absent(engine: Engine, verdict: 'absent' | 'failed', reason: string): EngineReport {
  const nothing = {
    version: null,
    device: null,
    maxAbsDiff: null,
    meanAbsDiff: null,
    top1Agreement: null,
    nearTies: null,
  };
  return {
    engine: engine.name,
    ...nothing,
    images: 0,
    imagesPerSecond: null,
    tolerance: engine.tolerance,
    verdict,
    reason,
  };
}

/**
 * Every engine's predictions beside those of the backend that trained: the engine with the layers model of the run
 * folder when that is here; else, on golden samples, the probabilities in the file; else the first engine that is there.
 * @throws OnwardError kind `input` when there are no images: neither given nor in the file
 */
export async function verify(model: LoadedModel, options: VerifyOptions = {}): Promise<ParityReport> {
  const named = options.engines !== undefined;
  const images = options.images ?? goldenImages(model);
  if (!images) {
    throw new OnwardError('input', `${model.name} carries no golden samples; give images to compare on with --data`);
  }
  const golden = options.images ? undefined : model.golden!.probabilities;
  const trainer = trainerOf(model);
  const wanted = options.engines ?? allEngines;
  const probes = new Map(await Promise.all(wanted.map(async (engine) => [engine.name, await engine.probe()] as const)));
  // The reference runs first; the table keeps the engines' own order.
  const order = [...wanted].sort((a, b) => Number(b.name === trainer) - Number(a.name === trainer));

  let reference: { name: ParityReport['reference']; probabilities: Float32Array } | undefined = golden && {
    name: 'golden samples',
    probabilities: golden,
  };
  const reports = new Map<EngineName, EngineReport>();
  for (const engine of order) {
    const probe = probes.get(engine.name)!;
    if (!probe.available) {
      reports.set(engine.name, absent(engine, 'absent', `${probe.reason}; ${probe.remedy}`));
      continue;
    }
    if (engine.name.startsWith('tfjs-') && !model.layersModel) {
      const reason = 'there is no run folder with the layers model beside the file; the golden samples stand for it';
      reports.set(engine.name, absent(engine, 'absent', reason));
      continue;
    }
    try {
      const run = await runEngine(engine, model, images, options);
      const isReference = !reference;
      reference ??= { name: engine.name, probabilities: run.probabilities };
      const { flips, ...comparison } = compare(
        reference.probabilities,
        run.probabilities,
        model.labels.length,
        engine.tolerance,
      );
      const problems = [
        ...(comparison.maxAbsDiff > engine.tolerance ? [`max |Δp| is over ${engine.tolerance}`] : []),
        ...(flips > 0 ? [`${flips} images are called something else`] : []),
        ...(run.selfTest?.passed === false
          ? [`the golden samples differ by ${run.selfTest.maxAbsDiff.toExponential(1)}`]
          : []),
      ];
      reports.set(engine.name, {
        engine: engine.name,
        version: run.version,
        device: run.device,
        ...comparison,
        imagesPerSecond: run.imagesPerSecond,
        tolerance: engine.tolerance,
        verdict: problems.length > 0 ? 'differs' : isReference ? 'reference' : 'agrees',
        reason: problems.join('; ') || null,
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      reports.set(engine.name, absent(engine, 'failed', messageOf(error)));
    }
  }
  const rows = wanted.map((engine) => reports.get(engine.name)!);
  if (!reference)
    throw new OnwardError('missing', `no engine could run ${model.name}: ${rows[0]?.reason ?? 'none was named'}`);
  const bad = (row: EngineReport) =>
    row.verdict === 'differs' || row.verdict === 'failed' || (named && row.verdict === 'absent');
  return {
    model: model.name,
    digest: model.digest ?? null,
    reference: reference.name,
    images: images.name,
    engines: rows,
    passed: !rows.some(bad),
  };
}

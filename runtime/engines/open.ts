import { OnwardError } from '../common/index.js';
import type { LoadedModel } from '../model/index.js';
import type { Engine, EngineOptions, SelfTest, Session } from './engine.js';
import { selfTest } from './self-test.js';
import { toleranceOf } from './tolerance.js';

export interface OpenOptions extends EngineOptions {
  /** Predict the golden samples of the file first, where it has them; default true. */
  readonly check?: boolean;
  /** Load a model that predicts differently here all the same; default false. `selfTest` of the session then says how far. */
  readonly allowDifferent?: boolean;
}

/** What `openSession` says of a session that does not agree with the golden samples. */
function refusal(session: Session, { maxAbsDiff, tolerance, worst, images }: SelfTest): string {
  const { model, engine, device } = session;
  const difference = Number.isFinite(maxAbsDiff) ? maxAbsDiff.toExponential(2) : 'not a number';
  const row = model.golden!.probabilities.subarray(worst * model.labels.length, (worst + 1) * model.labels.length);
  const label = model.labels[row.indexOf(Math.max(...row))];
  return (
    `${model.name}: ${engine} on ${device} predicts differently from the engine that trained it: expected the golden ` +
    `samples within ${tolerance}, got max |Δp| ${difference} at sample ${worst + 1} of ${images} ("${label}"); use ` +
    'another engine, export it again, or allow it with --allow-different'
  );
}

/**
 * Loads a model in an engine and lets it predict the golden samples that the file carries.
 * @throws OnwardError kind `parity` when it predicts differently from the engine that trained (the session is then closed),
 *   or whatever `engine.open` throws
 */
export async function openSession(
  engine: Engine,
  model: LoadedModel,
  { check = true, allowDifferent = false, ...options }: OpenOptions = {},
): Promise<Session> {
  const { threads, device } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new OnwardError('usage', `${engine.name}: expected a number of threads from 1 up, got ${threads}`);
  }
  if (device !== undefined && engine.name !== 'ort-cuda') {
    throw new OnwardError('usage', `${engine.name}: expected no device, which only ort-cuda has, got ${device}`);
  }
  const session = await engine.open(model, options);
  if (!check || !model.golden) return session;
  try {
    const test = await selfTest(session, model.golden, toleranceOf(engine, model));
    if (!test.passed && !allowDifferent) throw new OnwardError('parity', refusal(session, test));
    return { ...session, selfTest: test };
  } catch (error) {
    await session.close();
    throw error;
  }
}

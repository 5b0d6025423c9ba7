import type { Dataset } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { type Engine, type OpenOptions, openSession, type Session } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { areProbabilities } from './check-rows.js';

export interface OpenedSession {
  readonly session: Session;
  readonly notes: readonly string[];
}

const few = 8;

/**
 * Opens a model that is to give probabilities. What somebody else's file gives is often guessed: where its numbers are
 * probabilities already they are taken as they are, as a softmax over them would flatten them.
 * @param softmax the person says that the output is logits
 * @throws OnwardError kind `usage` for that of a file of ours that says otherwise; whatever `openSession` throws
 */
export async function openForScoring(
  engine: Engine,
  model: LoadedModel,
  dataset: Dataset,
  { softmax = false, ...options }: OpenOptions & { readonly softmax?: boolean } = {},
): Promise<OpenedSession> {
  const as = (kind: LoadedModel['output']['kind']): LoadedModel => ({ ...model, output: { ...model.output, kind } });
  if (softmax && model.digest !== undefined && model.output.kind === 'probabilities') {
    throw new OnwardError(
      'usage',
      `--softmax: ${model.name} says that its output "${model.output.name}" gives probabilities; leave it out`,
    );
  }
  if (softmax) {
    const notes = [`a softmax was applied to the output "${model.output.name}", as --softmax says`];
    return { session: await openSession(engine, as('logits'), options), notes };
  }
  if (model.output.kind === 'probabilities' || dataset.length === 0) {
    return { session: await openSession(engine, model, options), notes: [] };
  }
  const raw = await openSession(engine, as('probabilities'), options);
  const count = Math.min(few, dataset.length);
  const rows = await raw.predict(await dataset.batch(Array.from({ length: count }, (_, i) => i)), count);
  if (areProbabilities(rows, model.labels.length)) {
    return {
      session: raw,
      notes: [`the output "${model.output.name}" gives probabilities already: no softmax was applied`],
    };
  }
  await raw.close();
  const notes = [`the output "${model.output.name}" gives logits: a softmax was applied`];
  return { session: await openSession(engine, model, options), notes };
}

import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Split } from '../data/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { createAugmenter } from './augment/index.js';
import { type Checkpoint, type Progress, writeCheckpoint } from './checkpoint/index.js';
import { Diverged } from './diverged.js';
import { type EpochSums, noSums, trainEpoch } from './epoch.js';
import type { NetworkState } from './network.js';
import type { Prepared } from './prepare.js';
import { createRecord } from './record.js';
import type { EpochRow, RunFolder } from './run-folder.js';
import { outOfPatience, peakOf, plateauFactor } from './schedule.js';
import { type Score, score } from './score.js';
import { scheduleOf } from './settings/index.js';
import type { Run, TrainOptions } from './train.js';
import { groupsIn } from './unfreezing.js';
import { readWeights, takeWeights } from './weights-file.js';

const secondsSince = (time: number) => (performance.now() - time) / 1000;
const allFinite = (state: NetworkState) => state.weights.every((values) => values.every(Number.isFinite));

/** Trains into a folder, from the beginning or from a checkpoint. */
export async function trainInto(
  folder: RunFolder,
  split: Split,
  options: TrainOptions,
  prepared: Prepared,
  checkpoint: Checkpoint | undefined,
): Promise<Run> {
  const { backend, signal, onProgress, checkpointMinutes = 5, origin = {} } = options;
  const { net, recipe, settings, seed, summary, info, identity, taken, groups = [] } = prepared;
  const { tf } = backend;
  const { train: dataset, val, test } = split;
  const { epochs, batchSize, patience, minDelta } = settings;
  const { schedule, plateau } = scheduleOf(recipe, settings);
  const augmenter = createAugmenter({
    shape: dataset.shape,
    augmentations: recipe.augmentation(dataset.shape),
    mix: { mixup: settings.mixup, cutmix: settings.cutmix },
  });
  const steps = Math.ceil(dataset.length / batchSize);

  const started = performance.now();
  const seconds = () => (checkpoint?.seconds.all ?? 0) + secondsSince(started);
  /** Writes where the training is. @throws Diverged for weights that are no numbers: what was kept before stays */
  async function save(
    at: Pick<Progress, 'epoch' | 'sums' | 'history' | 'best'>,
    epochSeconds: number,
    network = net.state(),
  ) {
    if (!allFinite(network)) throw new Diverged(Number.NaN, at.epoch - (at.sums.step === 0 ? 1 : 0));
    const spent = { all: seconds(), epoch: epochSeconds };
    const which = { identity, origin: { ...origin }, finished: false };
    await writeCheckpoint(folder.path, { ...at, ...which, seconds: spent, network });
  }

  if (checkpoint) net.restore(checkpoint.network);
  let sums: EpochSums = checkpoint?.sums ?? noSums;
  let epoch = checkpoint?.epoch ?? 1;
  let epochSeconds = checkpoint?.seconds.epoch ?? 0;
  /** Of the network as it was after the epoch's last step, not averaged. */
  let after: NetworkState | undefined;
  const record = await createRecord({
    ...{ tf, folder, network: net, split, seconds },
    settings: info,
    history: checkpoint?.history ?? [],
    best: checkpoint?.best ?? undefined,
    checkpoint: ({ history, best }) => save({ epoch: epoch + 1, sums: noSums, history: [...history], best }, 0, after),
  });
  onProgress?.({ kind: 'start', summary, epochs, steps, ...(taken && { from: taken }) });
  if (checkpoint) {
    onProgress?.({ kind: 'resumed', path: folder.path, epoch, step: sums.step, steps });
    await restoreBest();
  }
  const losses = () => record.history.map((row) => row.val_loss);
  // Counted from when everything trains that is to: what comes before is a beginning.
  const wholeFrom = groups.at(-1)?.from ?? 1;
  const outOf = () => outOfPatience(losses().slice(wholeFrom - 1), patience, minDelta);

  /** The best weights, where a kill came after the checkpoint and before them: then they are the checkpoint's. */
  async function restoreBest(): Promise<void> {
    const { best } = record;
    if (!best || (await record.epochInModel()) === best.epoch) return;
    if (best.epoch !== epoch - 1 || sums.step > 0) {
      throw new OnwardError(
        'input',
        `${join(folder.path, 'model')} does not hold the best weights so far, of epoch ${best.epoch}; bring that folder back, or train anew`,
      );
    }
    await net.averaged(async () => record.writeBest(await score(net, val, setImmediate)));
  }

  let told = false;
  function tellIfNotCompiled() {
    const reason = told ? undefined : net.notCompiled();
    if (reason === undefined) return;
    told = true;
    onProgress?.({ kind: 'single-operations', reason });
  }

  /** One epoch, or what is left of it. @returns whether it was finished */
  async function runEpoch(): Promise<boolean> {
    const before = (epoch - 1) * steps;
    const since = performance.now();
    const [spentBefore, imagesBefore] = [epochSeconds, sums.images];
    const factor = plateau ? plateauFactor(losses(), plateau) : 1;
    const learningRate = (step: number) => schedule((before + step) / (epochs * steps)) * factor;
    let saved = performance.now();
    let stepsHere = 0;
    const begun = groups.filter(({ from }) => from === epoch && epoch > 1);
    if (sums.step === 0)
      for (const { name, layers, rate } of begun)
        onProgress?.({ kind: 'stage', epoch, name, layers: layers.length, rate });
    sums = await trainEpoch(net, dataset, {
      ...{ epoch, batchSize, seed, augmenter, sums, learningRate, signal },
      ...(groups.length > 0 && { groups: groupsIn(groups, epoch) }),
      async onStep(now) {
        const { step, images, loss, correct } = now;
        stepsHere++;
        tellIfNotCompiled();
        onProgress?.({
          ...{ kind: 'step', epoch, epochs, step, steps, loss: loss / images, accuracy: correct / images },
          imagesPerSecond: (images - imagesBefore) / secondsSince(since),
          secondsLeft: (secondsSince(since) / stepsHere) * (epochs * steps - before - step),
        });
        if (secondsSince(saved) < checkpointMinutes * 60 || step === steps) return;
        const { history, best = null } = record;
        await save({ epoch, sums: now, history: [...history], best }, spentBefore + secondsSince(since));
        saved = performance.now();
      },
    });
    epochSeconds = spentBefore + secondsSince(since);
    const finished = sums.step === steps;
    if (!finished && (record.best || sums.step === 0)) return false;

    after = net.state();
    await net.averaged(async () => {
      const validation = await score(net, val, setImmediate);
      if (!Number.isFinite(validation.loss)) throw new Diverged(validation.loss, epoch);
      const row = rowOf(validation, learningRate(sums.step - 1), spentBefore + secondsSince(since));
      if (!finished) return record.addBeginning(row, validation);
      const best = await record.addEpoch(row, validation);
      onProgress?.({ kind: 'epoch', epochs, row, best });
    });
    return finished;
  }

  const rowOf = (validation: Score, learning_rate: number, seconds: number): EpochRow => ({
    epoch,
    loss: sums.loss / sums.images,
    accuracy: sums.correct / sums.images,
    val_loss: validation.loss,
    val_accuracy: validation.accuracy,
    seconds,
    learning_rate,
  });

  try {
    let early = outOf();
    while (epoch <= epochs && !signal?.aborted && !early) {
      if (!(await runEpoch())) break;
      [epoch, sums, epochSeconds] = [epoch + 1, noSums, 0];
      early = outOf();
    }
    const { best, history } = record;
    if (!best) throw new OnwardError('interrupted', 'stopped before the first step: nothing was trained');
    const interrupted = signal?.aborted === true && epoch <= epochs && !early;
    if (interrupted) {
      // A best epoch that is not in the history is the beginning of the first one, which goes on.
      const kept = history.length === 0 ? null : best;
      await save({ epoch, sums, history: [...history], best: kept }, epochSeconds);
    }
    const tested = test.length > 0 && !signal?.aborted ? await testBest() : undefined;
    const ending = { interrupted: interrupted || (signal?.aborted ?? false), test: tested };
    const final = await record.finish({
      ...ending,
      ...(early && !ending.interrupted && { stopped: 'early' as const }),
    });
    if (!ending.interrupted) {
      // Several times the model's size, and of no more use.
      await writeCheckpoint(folder.path, {
        ...{ epoch, sums, history: [...history], best, identity, origin: { ...origin }, finished: true },
        seconds: { all: seconds(), epoch: 0 },
        network: { weights: [], average: [], optimizer: { steps: 0, slots: new Map() } },
      });
    }
    return { path: folder.path, info: final, history, outcome: checkpoint ? 'resumed' : 'trained' };
  } catch (error) {
    throw error instanceof Diverged ? await diverged(error) : error;
  } finally {
    await augmenter.close();
  }

  /** How well the best weights do on the test part. The network has them from then on. */
  async function testBest(): Promise<Score> {
    takeWeights(tf, net.model, await readWeights(join(folder.path, 'model')));
    return score(net, test, setImmediate);
  }

  /** Keeps what there is, and says what to try. */
  async function diverged({ loss, epoch: where, step }: Diverged): Promise<OnwardError> {
    const { best } = record;
    if (best) await record.finish({ interrupted: false, stopped: 'diverged' });
    const place = `epoch ${where}${step === undefined ? '' : `, step ${step} of ${steps}`}`;
    const kept = best
      ? `the best weights, of epoch ${best.epoch}, are kept in ${folder.path}`
      : 'no epoch was finished, so nothing was kept';
    const own = peakOf(recipe.learningRate);
    const tenth = Number((settings.learningRate / 10).toPrecision(2));
    const [rate, whose] = own <= tenth ? [own, ", the recipe's own"] : [tenth, ''];
    const clip = settings.clipNorm === 0 ? ', clipped gradients (--set clipNorm=1)' : '';
    return new OnwardError(
      'input',
      `the loss became ${loss} in ${place}; ${kept}; try a smaller learning rate (--set learningRate=${rate}${whose})${clip} or another seed`,
    );
  }
}

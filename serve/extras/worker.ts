import { workerData } from 'node:worker_threads';
import { augmentationsOf, explain, heatPng, predictAugmented } from '../../evaluate/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { type Engine, engineByName, openSession, type Session } from '../../runtime/engines/index.node.js';
import { fitted } from '../workers/images.js';
import type { Averaged, AverageTask, ExtrasSetup, Heat, HeatTask, Reply } from './tasks.js';

const { classifier, bytes, engine: engineName, device, allowDifferent, ...limits } = workerData as ExtrasSetup;
const base = engineByName(engineName);
/** On the device that serves, whoever opens it. */
const engine: Engine =
  device === undefined ? base : { ...base, open: (model, options) => base.open(model, { ...options, device }) };
const model = { ...classifier, bytes };
const { width, height, channels } = model.input;

let session: Promise<Session> | undefined;

/** As `onward eval --tta` does with its first image, whichever image it is. */
const seed = 1;

async function average({ draws }: AverageTask, images: readonly Uint8Array[], signal: AbortSignal): Promise<Averaged> {
  const augmentations = await augmentationsOf(model);
  session ??= openSession(engine, model, { allowDifferent, threads: 1 });
  const opened = await session;
  const probabilities: Float32Array[] = [];
  for (const image of images) {
    const one = {
      length: 1,
      shape: [height, width, channels as 1 | 3] as const,
      batch: async () => image,
      origin: () => 'the image',
    };
    probabilities.push(await predictAugmented(opened, one, { draws, seed, augmentations, batch: 1, signal }));
  }
  return { probabilities };
}

async function heat(
  { method, label }: HeatTask,
  [image, ...more]: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<Heat> {
  if (!image || more.length > 0) {
    throw new OnwardError('input', `expected one image to explain, got ${more.length + 1}; send one at a time`);
  }
  const [found] = await explain(model, [{ name: 'image', pixels: image }], {
    ...{ engine, layers: [], methods: [method], label, allowDifferent, signal },
  });
  const map = found!.heat[0];
  if (!map) throw new OnwardError('input', `expected a network with convolutions for ?explain=${method}, got none`);
  const png = await heatPng(map, image, { width, height, channels });
  return {
    probabilities: [found!.probabilities],
    label: model.labels[found!.classIndex]!,
    ...{ title: map.title, how: map.how },
    png: new Uint8Array(png),
  };
}

/** What flags of the command line are called in a request. */
const inRequest = (message: string) => message.replaceAll('--tta', '?tta=').replaceAll('--class', '?class=');

/** Milliseconds between two looks whether somebody still waits. */
const every = 50;

export default async function work(task: AverageTask | HeatTask): Promise<Reply<Averaged | Heat>> {
  const stop = new AbortController();
  const look = () => {
    if (Atomics.load(task.givenUp, 0) === 1) stop.abort();
  };
  const clock = setInterval(look, every);
  try {
    const goOn = () => {
      look();
      if (stop.signal.aborted) throw new OnwardError('interrupted', 'nobody waits for it any more');
    };
    goOn();
    const images = await fitted(task.bytes, task.contentType, model, limits, goOn);
    const { signal } = stop;
    return { done: await (task.kind === 'average' ? average(task, images, signal) : heat(task, images, signal)) };
  } catch (error) {
    if (!(error instanceof OnwardError)) throw error;
    return { kind: error.kind, message: inRequest(error.message) };
  } finally {
    clearInterval(clock);
  }
}

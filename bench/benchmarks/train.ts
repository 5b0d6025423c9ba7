import { setTimeout } from 'node:timers/promises';
import type { LayersModel } from '@tensorflow/tfjs';
import { type BackendName, probeTensorFlow, type TensorFlow } from '../../machine/index.js';
import { random } from '../../runtime/common/index.js';
import type { PreprocessingStep } from '../../runtime/model/index.js';
import { type Batch, chooseBackend, type Network, network, recipeByName } from '../../train/index.js';
import type { Bench, Benchmark, Samples } from '../benchmark.js';
import type { Python } from '../python.js';
import { spread, timesAsFast, verdictOf } from '../statistics.js';

const shape = [32, 32, 1] as const;
const classes = 10;
const batchSize = 64;
const peers = ['keras', 'pytorch'] as const;
const titles = { keras: 'Keras', pytorch: 'PyTorch' } as const;

export interface Subject {
  readonly name: string;
  readonly preprocessing: readonly PreprocessingStep[];
  build(tf: TensorFlow): LayersModel;
  /** How many steps make a sample. */
  readonly steps: { readonly [backend in BackendName]: number };
  /** How many times as fast as which peer it is to be, on the native backend. */
  readonly wanted: { readonly [peer in (typeof peers)[number]]?: number };
  /** Images a second on the WASM backend. */
  readonly wantedOnWasm?: number;
}

const fromRecipe = (name: string) => {
  const recipe = recipeByName(name);
  return {
    name,
    preprocessing: recipe.preprocessing(shape),
    build: (tf: TensorFlow) => recipe.build(tf, { shape, classes, seed: 1 }),
  };
};

/** Three convolutions with pooling, and the mean of what they see: 23,946 parameters. */
const convolutions: Pick<Subject, 'name' | 'preprocessing' | 'build'> = {
  name: 'conv-24k',
  preprocessing: recipeByName('simplenet').preprocessing(shape),
  build(tf) {
    const { layers } = tf;
    const blocks = [16, 32, 64].flatMap((filters, i) => [
      layers.conv2d({
        ...{ filters, kernelSize: 3, padding: 'same', activation: 'relu' },
        ...(i === 0 && { inputShape: [...shape] }),
      }),
      layers.maxPooling2d({ poolSize: 2 }),
    ]);
    const head = [
      layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
      layers.dense({ units: classes }),
      layers.activation({ activation: 'softmax' }),
    ];
    return tf.sequential({ layers: [...blocks, ...head] });
  },
};

/** Networks to train. */
export const subjects: readonly Subject[] = [
  { ...fromRecipe('simplenet'), steps: { native: 1, wasm: 1 }, wanted: { pytorch: 1 }, wantedOnWasm: 2 },
  { ...fromRecipe('dense-regularized'), steps: { native: 20, wasm: 5 }, wanted: { keras: 1 }, wantedOnWasm: 400 },
  { ...convolutions, steps: { native: 20, wasm: 2 }, wanted: { keras: 1 } },
];

function batchOf(): Batch {
  const numbers = random('bench train');
  return {
    images: Uint8Array.from({ length: batchSize * shape[0] * shape[1] }, () => numbers.below(256)),
    labels: Uint32Array.from({ length: batchSize }, (_, i) => i % classes),
  };
}

/** Ours, with a step behind it. */
function prepare(tf: TensorFlow, { build, preprocessing }: Subject) {
  const net: Network = network(tf, build(tf), { shape, classes, preprocessing, labelSmoothing: 0, seed: 1, batchSize });
  const batch = batchOf();
  const learningRate = 1e-3;
  net.step(batch, learningRate);
  return {
    parameters: net.model.countParams(),
    /** Milliseconds; the threads of who had the turn before are given time to go to sleep. */
    async train(steps: number): Promise<number> {
      await setTimeout(300);
      const since = performance.now();
      for (let i = 0; i < steps; i++) net.step(batch, learningRate);
      return performance.now() - since;
    },
    dispose: () => net.dispose(),
  };
}

function judge(bench: Bench, { name, wanted }: Subject, [own, ...others]: readonly Samples[]): void {
  for (const [i, peer] of peers.entries()) {
    const least = wanted[peer];
    if (least === undefined) continue;
    const ratio = timesAsFast(own!.rounds, others[i]!.rounds);
    const { medians, min, max } = ratio;
    bench.target({
      what: `${name}: times as fast as ${titles[peer]}`,
      wanted: `at least ${least}`,
      got: `${medians.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`,
      verdict: verdictOf(ratio, least),
    });
  }
}

/** Milliseconds of all threads of this process so far. */
function ownProcessorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function compare(bench: Bench, subject: Subject, pythons: readonly Python[]): Promise<void> {
  const { tf } = await chooseBackend('native');
  const { name, steps } = subject;
  const ours = prepare(tf, subject);
  try {
    for (const [i, peer] of peers.entries()) {
      const args = { trainer: peer, network: name, batch: batchSize };
      const parameters = await pythons[i]!.ask<number>('prepare_training', args);
      if (parameters !== ours.parameters) {
        throw new Error(`${titles[peer]}'s ${name} has ${parameters} parameters, ours ${ours.parameters}`);
      }
    }
    const sides = [
      { name: 'onward, native', train: () => ours.train(steps.native), processor: ownProcessorTime },
      ...peers.map((peer, i) => ({
        name: titles[peer],
        train: () => pythons[i]!.ask<number>('train', { network: name, count: steps.native }),
        processor: () => pythons[i]!.ask<number>('processor_time'),
      })),
    ].map((side) => ({ ...side, spent: [] as number[] }));
    const { contestants } = await bench.contest(`${name}, ${steps.native} steps`, {
      contestants: sides.map(({ name, train, processor, spent }) => ({
        name,
        timesItself: true,
        async run() {
          const before = await processor();
          const time = await train();
          spent.push((await processor()) - before);
          return time;
        },
      })),
      images: steps.native * batchSize,
    });
    judge(bench, subject, contestants);
    // The first is the one before the rounds.
    const rounds = sides.map(({ spent }) => spent.slice(1));
    bench.table({
      title: `${name}: processor time of all threads, which other work beside it disturbs less`,
      columns: ['', 'median, ms a step', 'ours is', 'by round'],
      rows: sides.map((side, i) => {
        const { medians, min, max } = timesAsFast(rounds[0]!, rounds[i]!);
        const ratios = i === 0 ? ['', ''] : [`${medians.toFixed(2)}x`, `${min.toFixed(2)}-${max.toFixed(2)}`];
        return [side.name, (spread(rounds[i]!).median / steps.native).toFixed(2), ...ratios];
      }),
    });
  } finally {
    ours.dispose();
  }
}

async function onWasm(bench: Bench, subject: Subject): Promise<void> {
  const { tf } = await chooseBackend('wasm');
  const steps = subject.steps.wasm;
  const ours = prepare(tf, subject);
  const { contestants } = await bench.contest(`${subject.name}, ${steps} steps on WASM`, {
    contestants: [{ name: 'onward, wasm', run: () => ours.train(steps), timesItself: true }],
    images: steps * batchSize,
  });
  ours.dispose();
  const { min, median, max } = spread(contestants[0]!.rounds);
  const perSecond = (time: number) => (steps * batchSize * 1000) / time;
  const least = subject.wantedOnWasm;
  if (least === undefined) return;
  bench.target({
    what: `${subject.name} on WASM: images/s`,
    wanted: `at least ${least}`,
    got: `${perSecond(median).toPrecision(3)} (${perSecond(max).toPrecision(3)}-${perSecond(min).toPrecision(3)})`,
    verdict: perSecond(median) >= least ? 'met' : perSecond(min) >= least ? 'unclear' : 'missed',
  });
}

export const trainingOf = (
  name: string,
  description: string,
  { native, wasm }: { readonly native: readonly Subject[]; readonly wasm: readonly Subject[] },
): Benchmark => ({
  name,
  description,
  needs: ['python'],
  async run(bench) {
    const probe = await probeTensorFlow('native');
    if (!probe.available) bench.note(`The native backend is not here (${probe.reason}) and was not measured.`);
    else {
      const pythons = await Promise.all(peers.map(() => bench.freshPython()));
      try {
        for (const subject of native) await compare(bench, subject, pythons);
      } finally {
        for (const python of pythons) python.close();
      }
    }
    for (const subject of wasm) await onWasm(bench, subject);
    bench.note(
      `Batches of ${batchSize} gray images of 32x32. Ours begin as bytes, and their preprocessing is in the time; the others are given numbers. Keras runs train_on_batch, compiled as it decides itself; PyTorch runs as it is written. Each has a process of its own and as many threads as it takes by itself.`,
    );
  },
});

/** How fast networks train: a batch of 64, forward, back, and Adam's update. */
export const trainBenchmark = trainingOf(
  'train',
  'training steps of three networks, native and on WASM, against Keras and PyTorch',
  { native: subjects, wasm: subjects },
);

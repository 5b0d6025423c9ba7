import type { LayersModel } from '@tensorflow/tfjs';
import type { TensorFlow } from 'onward/machine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random } from '#onward/runtime/common/index.js';
import type { Batch } from '#onward/train/batches.js';
import { type Network, type NetworkOptions, type NetworkState, network } from '#onward/train/network.js';
import { isNativeHere, loadNative } from '../kernels/native.js';

const batchSize = 12;
const shape = [10, 10, 1] as const;
const classes = 3;

const batches = (count: number, size = batchSize): Batch[] =>
  Array.from({ length: count }, (_, i) => {
    const numbers = random('compiled steps', i);
    return {
      images: Uint8Array.from({ length: size * 100 }, () => numbers.below(256)),
      labels: Uint32Array.from({ length: size }, () => numbers.below(classes)),
    };
  });

/** Everything that has a form of its own in a step: convolution, pooling, norm, two masks of one size, a sum, averaging. */
function build(tf: TensorFlow, extra?: ReturnType<TensorFlow['layers']['dense']>): LayersModel {
  const { layers } = tf;
  const initial = (seed: number) => ({ kernelInitializer: tf.initializers.heNormal({ seed }) });
  const input = tf.input({ shape: [...shape] });
  const conv = { filters: 6, kernelSize: 3, padding: 'same', activation: 'relu' } as const;
  const first = layers.conv2d({ ...conv, ...initial(1), name: 'conv1' }).apply(input);
  const normed = layers.batchNormalization({ name: 'norm' }).apply(first);
  const second = layers.conv2d({ ...conv, ...initial(2), name: 'conv2' }).apply(normed);
  let x = layers.add({ name: 'sum' }).apply([normed, second] as never);
  x = layers.maxPooling2d({ poolSize: 2, name: 'pool' }).apply(x);
  x = layers.flatten({ name: 'flat' }).apply(x);
  x = layers.dense({ units: 16, ...initial(3), activation: 'relu', name: 'hidden1' }).apply(x);
  x = layers.dropout({ rate: 0.3, name: 'dropout1' }).apply(x);
  x = layers.dense({ units: 16, ...initial(4), activation: 'tanh', name: 'hidden2' }).apply(x);
  x = layers.dropout({ rate: 0.3, name: 'dropout2' }).apply(x);
  if (extra) x = extra.apply(x);
  x = layers.dense({ units: classes, ...initial(5), name: 'logits' }).apply(x);
  return tf.model({ inputs: input, outputs: layers.activation({ activation: 'softmax' }).apply(x) as never });
}

const usual = { shape, classes, preprocessing: [{ kind: 'scale', scale: 1 / 255, offset: 0 }] } as const;
const options: NetworkOptions = {
  ...usual,
  labelSmoothing: 0.1,
  seed: 3,
  clipNorm: 1,
  weightDecay: 0.1,
  weightAverage: 0.9,
};

function farthest(one: NetworkState, other: NetworkState): number {
  const all = ({ weights, average, optimizer }: NetworkState) => [...weights, ...average, ...optimizer.slots.values()];
  return Math.max(
    ...all(one).flatMap((values, i) => Array.from(values, (value, j) => Math.abs(value - all(other)[i]![j]!))),
  );
}

describe.skipIf(!isNativeHere)('steps that TensorFlow runs as one operation', () => {
  let tf: TensorFlow;
  const made: Network[] = [];
  beforeAll(async () => {
    tf = await loadNative();
  });
  afterAll(() => {
    for (const each of made) each.dispose();
  });
  const make = (given: Partial<NetworkOptions>, model = build(tf)) => {
    const net = network(tf, model, { ...options, ...given });
    made.push(net);
    return net;
  };
  const both = (given: Partial<NetworkOptions> = {}) => [make({ ...given, batchSize }), make(given)] as const;

  it.each([
    ['Adam', {}],
    ['SGD with momentum', { optimizer: 'sgd', momentum: 0.9, nesterov: true }],
    ['Adam and nothing else', { clipNorm: 0, weightDecay: 0, weightAverage: 0 }],
  ] as const)('compute what single operations compute: %s', (_, given) => {
    const [whole, single] = both(given);
    for (const [i, batch] of batches(6).entries()) {
      // Another rate at each step: it must not become a constant.
      const [a, b] = [whole, single].map((net) => net.step(batch, 0.01 / (i + 1)));
      expect(a!.loss).toBeCloseTo(b!.loss, 5);
      expect(a!.correct).toBe(b!.correct);
    }
    expect(whole.notCompiled()).toBeUndefined();
    const state = whole.state();
    expect(farthest(state, single.state())).toBeLessThan(1e-5);
    // And not because nothing happened.
    expect(farthest(state, make(given).state())).toBeGreaterThan(1e-3);
    expect(state.optimizer.steps).toBe(6);
  });

  it('take turns with batches of other sizes, with predictions and with averaged weights', async () => {
    const [whole, single] = both();
    const images = batches(1)[0]!.images;
    for (const [i, batch] of [...batches(3), ...batches(1, 5), ...batches(2), ...batches(1, 7)].entries()) {
      const predictions = [whole, single].map((net) => {
        net.step(batch, 0.01);
        return net.predict(images, batchSize);
      });
      expect(Math.max(...predictions[0]!.map((p, j) => Math.abs(p - predictions[1]![j]!))), `step ${i}`).toBeLessThan(
        1e-5,
      );
    }
    const averaged = await Promise.all([whole, single].map((net) => net.averaged(async () => net.predict(images, 12))));
    expect(Math.max(...averaged[0]!.map((p, j) => Math.abs(p - averaged[1]![j]!)))).toBeLessThan(1e-5);
    expect(averaged[0]).not.toEqual(whole.predict(images, 12));
    expect(farthest(whole.state(), single.state())).toBeLessThan(1e-5);
  });

  it('go on from a state to the bit as one that never stopped', () => {
    const [first, second] = [make({ batchSize }), make({ batchSize })];
    const given = batches(8);
    for (const batch of given) first.step(batch, 0.01);
    const before = make({ batchSize });
    for (const batch of given.slice(0, 3)) before.step(batch, 0.01);
    second.restore(before.state());
    for (const batch of given.slice(3)) second.step(batch, 0.01);
    expect(farthest(second.state(), first.state())).toBe(0);
  });

  it('train groups of layers one after another', () => {
    const nets = [{ batchSize }, {}].map((size) => {
      const model = build(tf);
      const from = model.layers.findIndex(({ name }) => name === 'hidden2');
      const groups = [
        { layers: model.layers.slice(from), rate: 1 },
        { layers: model.layers.slice(0, from), rate: 0.1 },
      ];
      return make({ ...size, groups }, model);
    });
    const [whole, single] = nets as [Network, Network];
    for (const [i, batch] of batches(6).entries()) for (const net of nets) net.step(batch, 0.01, i < 3 ? 1 : 2);
    expect(whole.notCompiled()).toBeUndefined();
    expect(farthest(whole.state(), single.state())).toBeLessThan(1e-5);
  });

  it('are not made where a layer draws random numbers by itself, and the reason is told', () => {
    const hidden = tf.layers.dropout({ rate: 0.5, noiseShape: [batchSize, 1] });
    const net = make({ batchSize }, build(tf, hidden as never));
    for (const batch of batches(3)) expect(net.step(batch, 0.01).loss).toBeGreaterThan(0);
    expect(net.notCompiled()).toMatch('random numbers');
    expect(net.state().optimizer.steps).toBe(3);
  });

  it('leave no tensor behind', () => {
    const counts = () => [
      tf.memory().numTensors,
      (tf.backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors(),
    ];
    const before = counts();
    const net = network(tf, build(tf), { ...options, batchSize });
    const [batch] = batches(1);
    for (let i = 0; i < 3; i++) net.step(batch!, 0.01);
    const warm = counts();
    for (let i = 0; i < 10; i++) net.step(batch!, 0.01);
    expect(net.notCompiled()).toBeUndefined();
    expect(counts()).toEqual(warm);
    net.dispose();
    expect(counts()).toEqual(before);
  });
});

import type { Tensor } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { handlers } from 'onward/export';
import { afterAll, describe, expect, it } from 'vitest';
import { cases } from './cases/index.js';
import { draws, modelsOf } from './cases/models.js';
import { figures, isWanted, operatorsOfClass } from './figures.js';
import { graphOf, layersOf, numbers, relativeDifference, runGraph, runLayers, tf } from './networks.js';

/** Classes that are written in another way: models, inputs, and what recurrent.test.ts draws. */
const elsewhere: ReadonlySet<string> = new Set([
  ...['InputLayer', 'Functional', 'Model', 'Sequential'],
  ...['Bidirectional', 'RNN', 'StackedRNNCells', 'TimeDistributed'],
  ...['ConvLSTM2D', 'GRU', 'LSTM', 'SimpleRNN', 'ConvLSTM2DCell', 'GRUCell', 'LSTMCell', 'SimpleRNNCell'],
]);

const isLayer = (made: unknown): boolean =>
  made === tf.layers.Layer || (typeof made === 'function' && isLayer(Object.getPrototypeOf(made)));

/** Every layer class that TensorFlow.js can read from a file. */
const classes = Object.entries(tf.serialization.SerializationMap.getMap().classNameMap)
  .filter(([, [made]]) => isLayer(made))
  .map(([name]) => name)
  .sort();

const worst = new Map<string, number>();
const table = figures('tfjs');

describe('the layer', () => {
  it.each([...cases])('%s predicts what TensorFlow.js predicts', { timeout: 60_000 }, async (name, each) => {
    await fc.assert(
      fc.asyncProperty(draws(each), async (drawn) => {
        const { args, dims } = drawn;
        const { model, before } = modelsOf(each, drawn);
        const all = [3, ...dims];
        const length = all.reduce((a, b) => a * b);
        const given = each.input?.(length, args) ?? numbers(7, length);
        const expected = tf.tidy(() => {
          const x = before.predict(tf.tensor(given, all)) as Tensor;
          return each.expected?.(x, args).dataSync<'float32'>().slice() ?? runLayers(model, given, all);
        });
        try {
          const read = await layersOf(model);
          const differences: number[] = [];
          for (const passes of [false, true]) {
            const actual = await runGraph(graphOf(read, { passes }), given, all);
            const difference = relativeDifference(actual, expected);
            differences.push(difference);
            worst.set(name, Math.max(worst.get(name) ?? 0, difference));
            expect(difference).toBeLessThanOrEqual(1e-5);
          }
          const operators = isWanted ? operatorsOfClass(graphOf(read, { passes: false }), read, name) : [];
          table.note(name, Math.max(...differences), operators);
        } finally {
          model.dispose();
        }
      }),
      { numRuns: 25 },
    );
  });

  it.each(classes.filter((name) => !elsewhere.has(name)))('%s has a handler and a case', (name) => {
    expect(handlers.has(name)).toBe(true);
    expect(cases.has(name)).toBe(true);
  });

  afterAll(async () => {
    await table.done('layers');
    const lines = [...worst].map(([name, difference]) => `${name} ${difference.toExponential(1)}`);
    console.log(`layers: max |Δ| ${Math.max(...worst.values())}: ${lines.join(', ')}`);
  });
});

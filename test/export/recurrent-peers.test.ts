import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportModel } from 'onward/export';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { layersOf, tf } from './networks.js';
import { inPython, skipsPython } from './python.js';
import { apply, applyAll, modelOf } from './recurrent-models.js';

const { layers } = tf;

const folder = await mkdtemp(join(tmpdir(), 'onward-recurrent-'));
afterAll(() => rm(folder, { recursive: true }));
// TensorFlow.js says of every initial state that it keeps it among the inputs.
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}));
afterAll(() => void vi.restoreAllMocks());

/** Each class in ONNX's own operators and unrolled, with masks, states and both directions. */
function* models() {
  const kinds = { SimpleRNN: layers.simpleRNN, GRU: layers.gru, LSTM: layers.lstm };
  for (const [kind, make] of Object.entries(kinds)) {
    const states = kind === 'LSTM' ? [[4], [4]] : [[4]];
    for (const activation of ['tanh', 'selu'] as const) {
      const args = { units: 4, activation, goBackwards: true, returnState: true, returnSequences: true };
      yield modelOf([[6, 3], ...states], (x, ...h) => applyAll(make(args), x, ...h));
      const masked = { units: 4, activation, useBias: false };
      const both = layers.bidirectional({ layer: make(masked) as never, mergeMode: 'ave' });
      yield modelOf([[6, 3]], (x) => apply(both, apply(layers.masking(), x)));
    }
  }
  const cell = [layers.gruCell({ units: 2 }), layers.lstmCell({ units: 3 })];
  yield modelOf([[6, 3]], (x) => apply(layers.rnn({ cell }), x));
  const conv = layers.convLstm2d({ filters: 3, kernelSize: 3, returnSequences: true, returnState: true });
  yield modelOf([[4, 6, 5, 2]], (x) => applyAll(conv, x));
  const each = layers.timeDistributed({ layer: layers.conv2d({ filters: 3, kernelSize: 3 }) });
  yield modelOf([[4, 6, 5, 2]], (x) => apply(each, x));
}

describe.skipIf(skipsPython)('the files of recurrent layers', () => {
  it('are valid ONNX of the shapes that they say, to Python', { timeout: 120_000 }, async () => {
    let written = 0;
    for (const model of models()) {
      for (const opset of [13, 17, 22]) {
        const bytes = exportModel(await layersOf(model), { producerVersion: '0', opset });
        await writeFile(join(folder, `${written}.onnx`), bytes);
        written += 1;
      }
      model.dispose();
    }
    const stdout = await inPython('test/export/check.py', folder);
    expect(JSON.parse(stdout)).toEqual({ count: written });
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportModel, readModelFile } from 'onward/export';
import { importPeer } from 'onward/machine';
import { relativeDifference } from '../networks.js';
import { pythonPath } from '../python.js';

const run = promisify(execFile);
const ort = await importPeer('onnxruntime-node');

interface Tensor {
  readonly dims: number[];
  readonly values: number[];
}

/** How far ONNX Runtime is from Keras on each of these networks of `keras.applications`, relative to the largest output. */
export async function applicationDifferences(names: readonly string[]): Promise<{ [name: string]: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'onward-applications-'));
  try {
    // As long as the test may take: the largest take Keras minutes.
    await run(pythonPath(), ['test/export/keras/applications.py', folder, ...names]);
    const found: { [name: string]: number } = {};
    for (const name of names) {
      const expected = await readFile(join(folder, `${name}.expected`), 'utf8');
      const { inputs, outputs } = JSON.parse(expected) as { inputs: [Tensor]; outputs: [Tensor] };
      const { model } = await readModelFile(join(folder, `${name}.keras`));
      const session = await ort.InferenceSession.create(exportModel(model, { producerVersion: '0' }));
      const input = new ort.Tensor('float32', Float32Array.from(inputs[0].values), inputs[0].dims);
      const results = await session.run({ [session.inputNames[0]!]: input });
      const actual = results[session.outputNames[0]!]!.data as Float32Array;
      found[name] = relativeDifference(actual, Float32Array.from(outputs[0].values));
      await session.release();
    }
    return found;
  } finally {
    await rm(folder, { recursive: true });
  }
}

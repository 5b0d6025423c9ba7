import type { Tensor } from '@tensorflow/tfjs';
import { loadTensorFlow, probeTensorFlow, type TensorFlow } from 'onward/machine';
import { expect } from 'vitest';

const probe = await probeTensorFlow('native');
if (!probe.available) console.log(`the native kernels are not compared: ${probe.reason}`);

export const isNativeHere = probe.available;
/** TensorFlow.js on the native backend, or on another one where that is not there. */
export const loadNative = async (): Promise<TensorFlow> => (await loadTensorFlow(isNativeHere ? 'native' : 'wasm')).tf;

/** Largest difference relative to the largest expected value. */
export function difference(got: Tensor, expected: Tensor): number {
  expect(got.shape).toEqual(expected.shape);
  const [a, b] = [got.dataSync<'float32'>(), expected.dataSync<'float32'>()];
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / scale;
}

import { openSession } from 'onward/engines';
import { describe, expect, test, vi } from 'vitest';
import { ortCpu } from '#onward/runtime/engines/ort-cpu.node.js';
import { cudaOptions, nameOfDevice } from '#onward/runtime/engines/ort-cuda.node.js';
import { modelOf } from './models.js';

// What can be looked at without a GPU: which one would be asked for.
describe('a GPU by its number', () => {
  const driver = { available: true, name: 'A', names: ['A', 'B'], driver: '570' } as const;

  test('has its own name', () => {
    expect([nameOfDevice(0, driver, undefined), nameOfDevice(1, driver, undefined)]).toEqual(['A (0)', 'B (1)']);
    expect(nameOfDevice(0, driver, '1')).toBe('B (0)');
    expect(nameOfDevice(0, driver, 'GPU-8f2')).toBe('GPU GPU-8f2 (0)');
  });

  test('that is not there is missing', () => {
    expect(() => nameOfDevice(2, driver, undefined)).toThrow(/expected a device from 0 to 1, got 2/);
    expect(() => nameOfDevice(1, driver, '0')).toThrow(/expected device 0, the only one, got 1/);
  });

  test('is counted as nvidia-smi does, unless the user says otherwise', () => {
    expect(cudaOptions(undefined)).toMatchObject({ provider: 'cuda', environment: { NVIDIA_TF32_OVERRIDE: '0' } });
    expect(cudaOptions(undefined).environment).not.toHaveProperty('CUDA_DEVICE_ORDER');
    expect(cudaOptions(1)).toMatchObject({
      provider: { name: 'cuda', deviceId: 1 },
      environment: { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', NVIDIA_TF32_OVERRIDE: '0' },
    });
    vi.stubEnv('CUDA_DEVICE_ORDER', 'FASTEST_FIRST');
    expect(cudaOptions(1).environment).toMatchObject({ CUDA_DEVICE_ORDER: 'FASTEST_FIRST' });
    vi.unstubAllEnvs();
  });

  test('is for ort-cuda alone', async () => {
    await expect(openSession(ortCpu, modelOf(), { device: 0 })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/ort-cpu: expected no device/),
    });
  });
});

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cudaProvider, nvidiaDriver } from 'onward/machine';
import { describe, expect, test } from 'vitest';
import { runModule, temporaryCache } from './child.js';

const driver = await nvidiaDriver();
const why = driver.available ? '' : ` (skipped: ${driver.reason})`;

test.runIf(driver.available)(`the driver and the GPU have names${why}`, async () => {
  expect(driver).toMatchObject({ name: expect.stringMatching(/./), driver: expect.stringMatching(/^\d+\./) });
  expect(await cudaProvider()).toMatchObject({ available: expect.any(Boolean) });
});

test.skipIf(driver.available)('without a driver, the CUDA provider is absent for exactly that reason', async () => {
  expect(await cudaProvider()).toMatchObject({ available: false, reason: (driver as { reason: string }).reason });
});

describe.runIf(process.platform === 'linux')('the driver is read from nvidia-smi', () => {
  const ask = async (script: string, library: boolean) => {
    const folder = temporaryCache();
    writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'nvidia-smi'), 0o755);
    if (library) writeFileSync(join(folder, 'libcuda.so.1'), '');
    const { stdout } = await runModule(
      "import { nvidiaDriver } from 'onward/machine'; console.log(JSON.stringify(await nvidiaDriver()));",
      { PATH: `${folder}:/bin`, LD_LIBRARY_PATH: folder },
    ).ended;
    return JSON.parse(stdout) as unknown;
  };

  test('a GPU', async () => {
    expect(await ask('echo "NVIDIA H200, 570.86.10"', true)).toEqual({
      available: true,
      name: 'NVIDIA H200',
      names: ['NVIDIA H200'],
      driver: '570.86.10',
    });
  });

  test('several GPUs', async () => {
    const lines = 'NVIDIA H200, 570.86.10\\nNVIDIA L4, 570.86.10';
    expect(await ask(`printf "${lines}\\n"`, true)).toMatchObject({
      name: 'NVIDIA H200',
      names: ['NVIDIA H200', 'NVIDIA L4'],
    });
  });

  test('a driver that does not answer', async () => {
    const words = 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.';
    expect(await ask(`echo "${words}"; exit 9`, true)).toEqual({
      available: false,
      reason: `nvidia-smi found no GPU (${words})`,
    });
  });

  test.skipIf(driver.available)('nvidia-smi without its library', async () => {
    expect(await ask('echo "NVIDIA H200, 570.86.10"', false)).toMatchObject({
      available: false,
      reason: expect.stringMatching(/libcuda/),
    });
  });
});

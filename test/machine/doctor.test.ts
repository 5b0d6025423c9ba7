import { availableParallelism } from 'node:os';
import { cacheFolder, describeMachine, peers } from 'onward/machine';
import { expect, test } from 'vitest';

test('the doctor knows this machine, and every absence has a reason and a remedy', async () => {
  const report = await describeMachine();
  expect(report).toMatchObject({ node: process.versions.node, cores: availableParallelism() });
  expect(report.cache.folder).toBe(cacheFolder());
  expect(report.cache.bytes).toBe(report.cache.entries.reduce((sum, { bytes }) => sum + bytes, 0));
  expect(report.packages.map(({ name }) => name)).toEqual(Object.keys(peers));
  for (const found of [report.compiler, report.wheelInstaller, report.cudaProvider, report.browser]) {
    expect(found.available ? found.version : found.reason).toMatch(/./);
    if (!found.available) expect(found.remedy).toMatch(/./);
  }
});

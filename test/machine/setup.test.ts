import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setup } from 'onward/machine';
import { describe, expect, test } from 'vitest';
import { runModule, temporaryCache, until } from './child.js';

test('in the clone, setup finds the packages there and puts none into the cache', async () => {
  expect(await setup({ parts: ['runtime'] })).toEqual([
    { what: 'packages for runtime', status: 'reused', seconds: expect.any(Number) },
    ...(await cudaOutcomes()),
  ]);
});

async function cudaOutcomes() {
  const { nvidiaDriver } = await import('onward/machine');
  return (await nvidiaDriver()).available ? [expect.anything(), expect.anything()] : [];
}

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the browser part of setup', () => {
  const text = `
    import { setup } from 'onward/machine';
    const outcomes = await setup({ parts: ['browser'] });
    console.log(JSON.stringify(outcomes.at(-1)));`;
  const outcomeOf = async (child: ReturnType<typeof runModule>) =>
    JSON.parse((await child.ended).stdout) as { status: string; folder: string };

  test('stopped in the middle, it ends what it runs and takes away what that made', async () => {
    const cache = temporaryCache();
    const child = runModule(
      `
      import { readdirSync } from 'node:fs';
      import { setup } from 'onward/machine';
      const controller = new AbortController();
      const onProgress = (line) => line.startsWith('Unpacking') && setTimeout(() => controller.abort(), 300);
      const thrown = await setup({ parts: ['browser'], onProgress, signal: controller.signal }).catch((error) => error);
      console.log(JSON.stringify([thrown.kind, readdirSync(${JSON.stringify(join(cache, 'browser'))})]));`,
      { ONWARD_CACHE: cache },
    );
    expect(JSON.parse((await child.ended).stdout)).toEqual(['interrupted', []]);
  });

  test('killed in the middle, it leaves nothing half; two that follow at once do the work once', async () => {
    const cache = temporaryCache();
    const browsers = join(cache, 'browser');
    const entries = (folder: string): string[] => {
      try {
        return readdirSync(folder);
      } catch {
        return [];
      }
    };
    const killed = runModule(text, { ONWARD_CACHE: cache });
    // In the middle: some of it is unpacked.
    await until(() => entries(browsers).some((name) => entries(join(browsers, name)).length > 0));
    killed.kill();
    await killed.ended;
    expect(entries(browsers).filter((name) => !/\.(tmp-.*|lock)$/.test(name))).toEqual([]);

    const both = await Promise.all([1, 2].map(() => outcomeOf(runModule(text, { ONWARD_CACHE: cache }))));
    expect(both.map(({ status }) => status).sort()).toEqual(['made', 'reused']);
    expect(entries(browsers)).toEqual([expect.stringMatching(/^chromium-[\d.]+$/)]);
    expect(entries(both[0]!.folder)).toEqual(expect.arrayContaining(['chromium', 'libvulkan.so.1', 'al2023']));
  });
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runModule, temporaryCache, until } from '../../machine/child.js';

const ensure = (options: string) => `
  import { ensureTensorFlow } from 'onward/machine';
  console.log(JSON.stringify(await ensureTensorFlow(${options})));`;

test('the native backend is built from nothing, also after a build that was killed in the middle', async () => {
  const cache = temporaryCache();
  const builds = join(cache, 'tensorflow');
  const killed = runModule(ensure('{ onProgress: (line) => console.log(line) }'), { ONWARD_CACHE: cache });
  let said = '';
  killed.process.stdout!.on('data', (data) => (said += data));
  await until(() => said.includes('Downloading') || said.includes('Using cached'), 120_000);
  killed.kill();
  await killed.ended;

  const { stdout } = await runModule(ensure(''), { ONWARD_CACHE: cache }).ended;
  const outcome = JSON.parse(stdout) as { status: string; folder: string };
  expect(outcome).toMatchObject({ status: 'made' });
  expect(readdirSync(builds)).toHaveLength(1);
  expect(readdirSync(join(outcome.folder, 'tensorflow')).sort()).toEqual(
    expect.arrayContaining(['onward_quiet.node', 'tfjs_binding.node']),
  );

  const again = await runModule(ensure(''), { ONWARD_CACHE: cache }).ended;
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'reused' });
});

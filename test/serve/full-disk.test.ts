import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256Hex } from 'onward/common';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';
import { until } from './until.js';

const run = promisify(execFile);

let root: string;
let model: string;
/** Why no small disk can be had here. */
let noDisk: string | undefined;
const disks: string[] = [];

/** A disk of its own, 64 kB large. */
async function diskAt(name: string): Promise<string> {
  const disk = join(root, name);
  await mkdir(disk);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  disks.push(disk);
  return disk;
}

/** Leaves no byte on it. */
async function fill(disk: string): Promise<void> {
  const file = await open(join(disk, 'filler'), 'w');
  const block = new Uint8Array(4096);
  await expect(
    (async () => {
      for (let i = 0; i < 100; i++) await file.writeFile(block);
    })(),
  ).rejects.toMatchObject({ code: 'ENOSPC' });
  await file.close();
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onward-full-'));
  model = join(root, 'model.onnx');
  await writeFile(model, modelOf().bytes);
  await diskAt('probe').catch((error) => {
    noDisk = `no small disk can be mounted here: ${error.message.split('\n')[0]}`;
  });
});
afterAll(async () => {
  for (const disk of disks) await run('umount', [disk]);
  await rm(root, { recursive: true, force: true });
});

type Target = 'pipe' | number;

interface Running {
  readonly child: ChildProcess;
  /** What came out of stderr, where that is a pipe. */
  lines(): string[];
  ask(init?: { path?: string; headers?: Record<string, string>; body?: Uint8Array }): Promise<number>;
  /** By SIGTERM; its exit code. */
  end(): Promise<number | null>;
}

let count = 0;

/**
 * The server as people start it, on a socket: it can be asked though it can say nothing.
 * @param limit a command of the shell that comes before
 */
async function started(
  { onTestFinished }: TestContext,
  flags: readonly string[],
  {
    stdout = 'pipe',
    stderr = 'pipe',
    cache = join(root, 'cache'),
    limit,
  }: { stdout?: Target; stderr?: Target; cache?: string; limit?: string | undefined } = {},
  begun: (child: ChildProcess) => void = () => {},
): Promise<Running> {
  const socketPath = join(root, `${count++}.sock`);
  const args = [process.execPath, 'bin/onward.mjs', 'serve', model, '--socket', socketPath, ...flags];
  const [command, ...rest] = limit === undefined ? args : ['sh', '-c', `${limit}; exec "$@"`, 'sh', ...args];
  const child = spawn(command!, rest, {
    stdio: ['ignore', stdout, stderr],
    env: { ...process.env, ONWARD_CACHE: cache },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  begun(child);
  let said = '';
  child.stdout?.resume();
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const got = (path: string, method: string, headers: Record<string, string> = {}, body?: Uint8Array) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      httpRequest({ socketPath, path, method, headers }, async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode!, text });
      })
        .on('error', reject)
        .end(body);
    });
  const answers = () =>
    got('/health', 'GET').then(
      () => true,
      () => child.exitCode !== null,
    );
  await until(answers, 20, { seconds: 40 });
  expect(child.exitCode, said).toBe(null);
  return {
    child,
    lines: () => said.split('\n').filter((line) => line !== ''),
    ask: async ({ path = '/classify', headers, body = pngOf(1) } = {}) =>
      (await got(path, 'POST', headers, body)).status,
    async end() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

describe.concurrent('a log on a full disk', () => {
  test.for([
    ['stderr', '/dev/full'],
    ['stdout', '/dev/full'],
    ['stderr', 'a pipe that nobody reads'],
    ['stdout', 'a pipe that nobody reads'],
  ] as const)('%s to %s: every request is answered, and the server ends as ever', async ([stream, to], context) => {
    let target: Target = 'pipe';
    if (to === '/dev/full') {
      if (!existsSync(to)) context.skip(`this system has no ${to}`);
      const file = await open(to, 'w');
      context.onTestFinished(() => file.close());
      target = file.fd;
    }
    const flags = ['--tune', 'off', '--workers', '1', '--log-requests'];
    const server = await started(context, flags, { [stream]: target }, (child) => {
      if (target === 'pipe') child[stream]!.destroy();
    });
    for (let i = 0; i < 10; i++) {
      expect(await server.ask()).toBe(200);
      expect(await server.ask({ body: pngOf(1).subarray(0, 40) })).toBe(400);
      expect(await server.ask({ path: '/nowhere' })).toBe(404);
    }
    expect(await server.end()).toBe(0);
  });

  test('goes on once there is room', async (context) => {
    if (noDisk) context.skip(noDisk);
    const disk = await diskAt('log');
    const path = join(disk, 'onward.log');
    const file = await open(path, 'a');
    context.onTestFinished(() => file.close());
    const flags = ['--tune', 'off', '--workers', '1', '--log-requests'];
    const server = await started(context, flags, { stderr: file.fd });
    const asked = async (id: string) => {
      expect(await server.ask({ headers: { 'x-request-id': id } })).toBe(200);
      return (await readFile(path, 'utf8')).includes(`"${id}"`);
    };
    expect(await asked('before')).toBe(true);
    await fill(disk);
    // What is left of the last block of the file.
    for (let i = 0; i < 30; i++) await asked(`last-${i}`);
    expect(await asked('lost')).toBe(false);
    await rm(join(disk, 'filler'));
    expect(await asked('behind')).toBe(true);
    expect(await server.end()).toBe(0);
  });
});

describe.concurrent('a cache that cannot be written', () => {
  test.for<[string, RegExp, () => Promise<{ cache: string; limit?: string }>]>([
    [
      'on a full disk',
      /ENOSPC/,
      async () => {
        const cache = await diskAt('full');
        await fill(cache);
        return { cache };
      },
    ],
    [
      'on a read-only disk',
      /EROFS/,
      async () => {
        const cache = await diskAt('read-only');
        await run('mount', ['-o', 'remount,ro', cache]);
        return { cache };
      },
    ],
    ['where no file may grow', /EFBIG/, async () => ({ cache: join(root, 'limited'), limit: 'ulimit -f 0' })],
  ])('%s: it serves, measures, uses that, and says in a line that it is not kept', async ([, code, made], context) => {
    const { cache, limit } = await made().catch((error) => {
      if (noDisk) return context.skip(noDisk);
      throw error;
    });
    const server = await started(context, ['--workers', '1', '--max-batch', '4', '--log-requests'], { cache, limit });
    expect(await server.ask()).toBe(200);
    const about = () => server.lines().filter((line) => !line.includes('"message":"request"'));
    await until(() => about().length > 0, 20, { seconds: 40 });
    expect(JSON.parse(about()[0]!)).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/what was measured is used, but cannot be kept for the next start/),
    });
    expect(about()[0]).toMatch(code);
    expect(await server.ask()).toBe(200);
    expect(await server.end()).toBe(0);
    expect(about()).toHaveLength(1);
  });
});

describe.concurrent('a quota file on a full disk', () => {
  test('requests go on, a line says so, the old file stays whole, and is written once there is room', async (context) => {
    if (noDisk) context.skip(noDisk);
    const disk = await diskAt('quotas');
    const [quotas, keys] = [join(disk, 'quotas.json'), join(root, 'keys.txt')];
    const hash = sha256Hex(new TextEncoder().encode('s3cret'));
    await writeFile(keys, `shop ${hash} quota=1000/month\n`);
    const before = '{"gone":{"window":"2020-01","used":7}}\n';
    await writeFile(quotas, before);
    await fill(disk);
    const flags = ['--tune', 'off', '--workers', '1', '--api-keys', keys, '--quota-file', quotas];
    const server = await started(context, flags);
    const ask = () => server.ask({ headers: { 'x-api-key': 's3cret' } });
    for (let i = 0; i < 5; i++) expect(await ask()).toBe(200);
    // It looks every five seconds.
    await until(() => server.lines().length > 0, 20, { seconds: 40 });
    expect(JSON.parse(server.lines()[0]!)).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/quotas\.json: what keys have used cannot be kept: ENOSPC/),
    });
    expect(await ask()).toBe(200);
    expect([await readFile(quotas, 'utf8'), await readdir(disk)]).toEqual([before, ['filler', 'quotas.json']]);
    await rm(join(disk, 'filler'));
    expect(await server.end()).toBe(0);
    expect(JSON.parse(await readFile(quotas, 'utf8'))).toMatchObject({ shop: { used: 6 }, gone: { used: 7 } });
    expect(server.lines()).toHaveLength(1);
  });
});

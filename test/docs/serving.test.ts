import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launchBrowser } from 'onward/machine';
import { type Server, serve } from 'onward/serve';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { labels, modelOf } from '../runtime/engines/models.js';
import { jpegOf } from '../serve/helpers.js';
import { type Block, blocksOf, root } from './blocks.js';

const run = promisify(execFile);
const has = (command: string) =>
  run(command, ['--version']).then(
    () => true,
    () => false,
  );
const [hasCurl, hasPython] = await Promise.all([has('curl'), has('python3')]);
const required = process.env.ONWARD_PEERS === 'required';

/** A folder as somebody has it who follows the documents: the model, a photo, onward and Hono among the packages. */
let folder: string;
let server: Server;
let label: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-docs-'));
  await mkdir(join(folder, 'runs', 'photos'), { recursive: true });
  await writeFile(join(folder, 'runs', 'photos', 'model.onnx'), modelOf().bytes);
  await cp(join(folder, 'runs', 'photos', 'model.onnx'), join(folder, 'model.onnx'));
  await writeFile(join(folder, 'photo.jpg'), await jpegOf(3));
  await mkdir(join(folder, 'node_modules', '@hono'), { recursive: true });
  await symlink(root, join(folder, 'node_modules', 'onward'));
  for (const name of ['hono', '@hono/node-server', '@opentelemetry']) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  // What `npx onward` finds where it is installed.
  await mkdir(join(folder, 'bin'));
  const shim = `#!/bin/sh\nshift\nexec "${process.execPath}" "${root}/dist/cli/bin.js" "$@"\n`;
  await writeFile(join(folder, 'bin', 'npx'), shim);
  await chmod(join(folder, 'bin', 'npx'), 0o755);
  server = await serve({ model: join(folder, 'model.onnx'), port: 0, workers: 1, log: () => {} });
  const body = await readFile(join(folder, 'photo.jpg'));
  label = (await (await fetch(`${server.url}classify`, { method: 'POST', body })).json()).label;
  expect(labels).toContain(label);
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

const readme = () => blocksOf('README.md', 'Ask it from anywhere');
const env = () => ({ ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` });
/** The address in a block is the usual one; the server of the test is elsewhere. */
const here = ({ text }: Block) => text.replaceAll('http://127.0.0.1:8080', server.url.slice(0, -1));

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Runs until the text is printed or the program ends. */
async function started(command: string, args: string[], more: NodeJS.ProcessEnv, until: () => Promise<boolean>) {
  const child = spawn(command, args, { cwd: folder, env: { ...env(), ...more }, detached: true });
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  child.stderr.on('data', (data) => {
    said += data;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(async () => {
    // The shell and what it started.
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGTERM');
    await ended;
  });
  for (;;) {
    if (await until()) return said;
    if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const answers = (url: string) => () =>
  fetch(url).then(
    ({ status }) => status === 200,
    () => false,
  );

describe('README: ask it from anywhere', () => {
  test('has these blocks, each of which is run here', async () => {
    expect((await readme()).map(({ language }) => language)).toEqual(['sh', 'sh', 'python', 'js', 'html']);
  });

  test('serve', async () => {
    const [block] = await readme();
    const port = await freePort();
    await started(
      'sh',
      ['-ec', block!.text],
      { PORT: String(port), TUNE: 'off' },
      answers(`http://127.0.0.1:${port}/health`),
    );
    expect(await (await fetch(`http://127.0.0.1:${port}/v2/models/photos/ready`)).json()).toEqual({
      ...{ name: 'photos', ready: true },
    });
  });

  test.skipIf(!hasCurl && !required)('curl', async () => {
    const [, block] = await readme();
    const { stdout } = await run('sh', ['-ec', here(block!)], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ label, top: [{ label }, {}, {}] });
  });

  test.skipIf(!hasPython && !required)('Python', async () => {
    const [, , block] = await readme();
    const { stdout } = await run('python3', ['-c', here(block!)], { cwd: folder });
    expect(stdout.trim()).toBe(label);
  });

  test('a server of one’s own, and its page in a browser', { timeout: 120_000 }, async () => {
    const [, , , program, page] = await readme();
    const port = await freePort();
    await writeFile(join(folder, 'index.html'), page!.text);
    await writeFile(join(folder, 'server.mjs'), program!.text.replace('port: 3000', `port: ${port}`));
    const url = `http://127.0.0.1:${port}/`;
    await started(process.execPath, ['server.mjs'], {}, answers(`${url}photos/health`));
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());
    const tab = await browser.newPage();
    await tab.goto(url);
    await tab.setInputFiles('input', join(folder, 'photo.jpg'));
    await tab.waitForFunction(() => document.querySelector('output')!.textContent);
    expect(await tab.textContent('output')).toBe(label);
  });
});

describe('the documents', () => {
  const program = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return run(process.execPath, [name], { cwd: folder });
  };

  test('serving: as a library', async () => {
    const [first, second] = await blocksOf('docs/serving.md', 'As a library');
    expect((await program('one.mjs', first!.text)).stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
    const port = await freePort();
    await program('two.mjs', second!.text.replace('port: 3000', `port: ${port}`));
  });

  test('serving: traces', async () => {
    const [file, command] = await blocksOf('docs/serving.md', 'What it tells');
    await writeFile(join(folder, 'tracing.mjs'), file!.text);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/health`;
    let asked = 0;
    const said = await started('sh', ['-ec', command!.text], { PORT: String(port), TUNE: 'off' }, async () => {
      if (await answers(url)()) asked++;
      return asked > 1;
    });
    expect(said).toMatch(/name: 'GET \/health'/);
  });

  test('client: in Node', async () => {
    const text = await readFile(join(root, 'docs', 'client.md'), 'utf8');
    const block = /```ts\n([\s\S]*?)```/.exec(text)![1]!;
    const { stdout } = await program('client.mjs', here({ language: 'ts', text: block }));
    expect(stdout).toMatch(new RegExp(`^${label} 0?\\.?\\d`));
  });
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { passes } from 'onward/export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const text = await readFile('docs/export.md', 'utf8');

/** The programs of a section. */
function programs(heading: string): string[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  return [...(section ?? '').matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, program]) => program!);
}

/** A user's project: an empty folder with the package and what it is used with in node_modules. */
let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'onward-documents-'));
  await mkdir(join(project, 'node_modules'));
  for (const [name, target] of [
    ['onward', '.'],
    ['@tensorflow', 'node_modules/@tensorflow'],
    ['onnxruntime-node', 'node_modules/onnxruntime-node'],
  ] as const) {
    await symlink(resolve(target), join(project, 'node_modules', name), 'junction');
  }
});
afterAll(() => rm(project, { recursive: true }));

async function printed(heading: string): Promise<string> {
  const [program, ...others] = programs(heading);
  expect([typeof program, others]).toEqual(['string', []]);
  const path = join(project, 'program.mjs');
  await writeFile(path, program!);
  return (await run('node', [path], { cwd: project })).stdout.trim().split('\n').at(-1)!;
}

describe('the programs of docs/export.md run as they are printed:', { timeout: 60_000 }, () => {
  it('a handler of your own', async () => {
    const [, difference] = /^max \|Δ\| (\S+)$/.exec(await printed('A handler of your own')) ?? [];
    expect(Number(difference)).toBeLessThan(1e-5);
  });

  it('a pass of your own', async () => {
    const last = programs('The passes')[0]!.trim().split('\n').at(-1)!;
    expect(await printed('The passes')).toBe(last.split('// ')[1]);
  });
});

describe('the passes in docs/export.md', () => {
  it('are those that run, in their order', () => {
    const sections = [...text.matchAll(/^### `([\w-]+)`\n.+\n\n!\[.+\]\(passes\/([\w-]+)\.svg\)$/gm)];
    const rows = sections.map(([, name, picture]) => [name, picture]);
    expect(rows).toEqual(passes.map(({ name }) => [name, name]));
  });

  it('have the pictures that are drawn of them now (node scripts/draw-passes.mjs)', { timeout: 60_000 }, async () => {
    const drawn = join(project, 'passes');
    await run('node', ['scripts/draw-passes.mjs', drawn]);
    const names = (await readdir(drawn)).sort();
    expect((await readdir('docs/passes')).sort()).toEqual(names);
    for (const name of names) {
      expect(await readFile(join('docs/passes', name), 'utf8'), name).toBe(await readFile(join(drawn, name), 'utf8'));
    }
  });
});

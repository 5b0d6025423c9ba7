import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { runModule, temporaryCache, until } from './child.js';

const script = (name: string) => resolve('scripts', name);

test('the import check finds each kind of violation by its line, and nothing else', () => {
  const folder = temporaryCache();
  const plant = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  plant('runtime/common/index.ts', 'export const a = 1;\n');
  plant('runtime/image/index.ts', "import { a } from '../common/index.js';\nexport { a };\n");
  plant('runtime/image/bad.ts', "// import '../model/index.js'\nimport {\n  b,\n} from '../model/index.js';\n");
  plant('runtime/engines/bad.ts', "import { x } from '../../machine/index.js';\n");
  plant('runtime/engines/good.node.ts', "import { x } from '../../machine/index.js';\n");
  plant('train/bad.ts', "import { deep } from '../data/sources/folder.js';\nimport * as tf from '@tensorflow/tfjs';\n");
  plant('train/good.ts', "import type * as tf from '@tensorflow/tfjs';\nconst t = await import('@tensorflow/tfjs');\n");
  plant('evaluate/good.ts', "import { turn } from '../train/augment/index.js';\n");
  plant('evaluate/bad.ts', "import { train } from '../train/index.js';\n");
  plant('serve/bad.ts', "const late = import('#onward/data/index.js');\n");
  plant('web/good.ts', "import { InferenceSession } from 'onnxruntime-web/webgpu';\n");
  plant('test/bad.test.ts', "import { a } from '../runtime/common/index.js';\n");
  plant('test/good.test.ts', "import { a } from 'onward/common';\nimport './other.js';\n");
  const { status, stderr } = spawnSync(process.execPath, [script('check-imports.mjs'), folder], { encoding: 'utf8' });
  expect(stderr.match(/^[^:\n]+:\d+/gm)).toEqual(
    [
      'train/bad.ts:1',
      'train/bad.ts:2',
      'runtime/engines/bad.ts:1',
      'evaluate/bad.ts:1',
      'runtime/image/bad.ts:2',
      'serve/bad.ts:1',
      'test/bad.test.ts:1',
    ].sort((a, b) => stderr.indexOf(a) - stderr.indexOf(b)),
  );
  expect(status).toBe(1);
});

test('this project is as the house is', () => {
  execFileSync(process.execPath, [script('check-imports.mjs')], { encoding: 'utf8' });
});

test("the scripts' lock lets one in at a time, and is taken from one that was killed", async () => {
  const folder = temporaryCache();
  const lock = JSON.stringify(join(folder, 'deep', '.lock'));
  const counter = JSON.stringify(join(folder, 'counter'));
  const door = `import { withLock } from ${JSON.stringify(pathToFileURL(script('lib/lock.mjs')).href)};`;
  const held = runModule(
    `${door} await withLock(${lock}, () => { console.log('in'); return new Promise(() => setInterval(() => {}, 1000)); });`,
  );
  let isIn = false;
  held.process.stdout!.on('data', () => {
    isIn = true;
  });
  await until(() => isIn);
  held.kill();

  writeFileSync(join(folder, 'counter'), '0');
  const count = `${door}
    import { readFileSync, writeFileSync } from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    await withLock(${lock}, async () => {
      const seen = Number(readFileSync(${counter}, 'utf8'));
      await setTimeout(50);
      writeFileSync(${counter}, String(seen + 1));
    });`;
  const all = await Promise.all([1, 2, 3, 4, 5].map(() => runModule(count).ended));
  expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(all.map(() => ({ code: 0, stderr: '' })));
  expect(readFileSync(join(folder, 'counter'), 'utf8')).toBe('5');
});

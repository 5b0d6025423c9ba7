import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { exportModel, readModelFile } from 'onward/export';
import { launchBrowser } from 'onward/machine';
import type { Page as BrowserPage } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPage, type OpenPage } from '../web/browser.js';
import { type StaticServer, staticServer } from '../web/static-server.js';
import type { Page, Value } from './browser/page.js';
import { filesOf, tf, withWeights } from './networks.js';

const keras = 'test/export/keras/files';
const fixtures = ['convolutional.h5', 'convolutional.keras', 'functional.keras', 'recurrent.h5', 'nested.keras'];
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A user's project: an empty folder with the package and what it is used with in node_modules. */
let project: string;
let host: StaticServer;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
let open: OpenPage;
let page: BrowserPage;

/** The ```js block after a heading of docs/export.md. */
async function documented(heading: string): Promise<string> {
  const text = await readFile('docs/export.md', 'utf8');
  const found = new RegExp(`^## ${heading}$[^]*?\`\`\`js\n([^]*?)\`\`\``, 'm').exec(text);
  if (!found) throw new Error(`docs/export.md has no program below "${heading}"`);
  return found[1]!;
}

const html = (script: string) => `<!doctype html><meta charset="utf-8"><script type="module" src="${script}"></script>`;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'onward-browser-'));
  await mkdir(join(project, 'node_modules'));
  for (const [name, target] of [
    ['onward', '.'],
    ['@tensorflow', 'node_modules/@tensorflow'],
    ['onnxruntime-web', 'node_modules/onnxruntime-web'],
  ] as const) {
    await symlink(resolve(target), join(project, 'node_modules', name), 'junction');
  }
  await writeFile(join(project, 'package.json'), '{"type": "module"}');
  await cp('test/export/browser/page.ts', join(project, 'page.ts'));
  await writeFile(join(project, 'example.js'), await documented('In a browser'));
  await writeFile(join(project, 'page.html'), html('/page.ts'));
  await writeFile(join(project, 'example.html'), html('/example.js'));
  const inputs = ['page', 'example'].map((name) => join(project, `${name}.html`));
  await build({
    root: project,
    base: './',
    configFile: false,
    logLevel: 'error',
    build: { target: 'es2023', chunkSizeWarningLimit: 1e5, rolldownOptions: { input: inputs } },
  });
  const site = join(project, 'dist');
  for (const name of await readdir(keras)) await cp(join(keras, name), join(site, name));
  await mkdir(join(site, 'model'));
  const { json, weights } = await filesOf(network());
  await writeFile(join(site, 'model/model.json'), JSON.stringify(json));
  await writeFile(join(site, 'model/weights.bin'), weights);
  host = await staticServer(site);
  browser = await launchBrowser();
  open = await newPage(browser);
  page = open.page;
  await page.goto(`${host.origin}/page.html`);
  await page.waitForFunction(() => 'page' in globalThis, undefined, { timeout: 60_000 });
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await host?.close();
  await rm(project, { recursive: true });
});

const network = () =>
  withWeights(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [16, 16, 3], filters: 8, kernelSize: 3, activation: 'relu', name: 'conv' }),
        tf.layers.batchNormalization({ name: 'norm' }),
        tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', activation: 'relu6', name: 'depth' }),
        tf.layers.globalAveragePooling2d({ name: 'mean' } as never),
        tf.layers.dense({ units: 4, activation: 'softmax', name: 'scores' }),
      ],
    }),
  );

/** Calls one of the page's functions. */
async function ask<Name extends keyof Page>(
  name: Name,
  ...args: Parameters<Page[Name]>
): Promise<Awaited<ReturnType<Page[Name]>>> {
  const answer = await page.evaluate(
    ([name, args]) => {
      const { page } = globalThis as unknown as { page: Record<string, (...args: unknown[]) => unknown> };
      return page[name]!(...args);
    },
    [name, args] as const,
  );
  return answer as Awaited<ReturnType<Page[Name]>>;
}

describe('in a page', { timeout: 120_000 }, () => {
  it('a tf.LayersModel becomes ONNX and runs at once: what TensorFlow.js predicts there', async () => {
    const { maxAbsDiff, outputs, parameters } = await ask('built');
    expect(outputs.map(({ dims }) => dims)).toEqual([
      [2, 5],
      [2, 8],
    ]);
    expect(maxAbsDiff).toBeLessThanOrEqual(1e-5);
    expect(parameters).toBeGreaterThan(1000);
  });

  it('and on WebGPU', async () => {
    const { maxAbsDiff } = await ask('built', 'webgpu');
    expect(maxAbsDiff).toBeLessThanOrEqual(1e-4);
  });

  it('a model.json over HTTP becomes the bytes that Node makes of the file', async () => {
    const path = join(project, 'dist/model/model.json');
    const expected = sha256(exportModel((await readModelFile(path)).model, { producerVersion: '0' }));
    const served = await ask('served', './model/model.json');
    expect(served.maxAbsDiff).toBeLessThanOrEqual(1e-5);
    expect(served.sha256).toBe(expected);
    expect(await ask('handed', './model/model.json')).toEqual([expected, expected]);
  });

  it.each(fixtures)('%s becomes the bytes that Node makes of it, and predicts what Keras predicts', async (name) => {
    const { inputs, outputs } = JSON.parse(
      await readFile(join(keras, name.replace(/\..*$/, '.expected')), 'utf8'),
    ) as Record<'inputs' | 'outputs', Value[]>;
    const found = await ask('keras', name, inputs);
    const { model } = await readModelFile(join(keras, name));
    expect(found.sha256).toBe(sha256(exportModel(model, { producerVersion: '0' })));
    expect(found.outputs).toHaveLength(outputs.length);
    for (const [i, { dims, values }] of outputs.entries()) {
      expect(found.outputs[i]!.dims).toEqual(dims);
      for (const [j, value] of values.entries()) expect(found.outputs[i]!.values[j]).toBeCloseTo(value, 5);
    }
  });

  it.each(['custom.keras', 'plain.h5', 'page.html'])('%s is refused in the words of Node', async (name) => {
    const answer = await ask('refused', name);
    expect(answer).toMatchObject({ name: 'OnwardError' });
    expect(answer!.message).toContain(
      {
        'custom.keras': 'no handler for the layers "doubled" (mine>Doubled), "plus" (Lambda)',
        'plain.h5': 'plain.h5: it is an HDF5 file without a Keras model',
        'page.html': 'page.html: expected a Keras .h5 or .keras file',
      }[name]!,
    );
  });

  it("a classifier runs on the page's own engine", async () => {
    const { labels, maxAbsDiff } = await ask('classified');
    expect(labels).toEqual(['a', 'b', 'c']);
    expect(maxAbsDiff).toBeLessThanOrEqual(1e-5);
  });

  it('the example of docs/export.md runs as it is printed', async () => {
    const { page, errors, requests, close } = await newPage(browser);
    const printed = page.waitForEvent('console', (message) => message.text().startsWith('max |Δ|'));
    await page.goto(`${host.origin}/example.html`);
    expect(Number((await printed).text().split(' ').at(-1))).toBeLessThan(1e-5);
    expect(errors).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(host.origin) && !/^(blob|data):/.test(url))).toEqual([]);
    await close();
  });

  it('leaves no errors', () => expect(open.errors).toEqual([]));
});

describe('the bundle of onward/export for browsers', () => {
  it('holds no module of Node, and is as large as docs/export.md says', async () => {
    const entry = join(project, 'all.js');
    await writeFile(entry, "export * from 'onward/export';");
    const builtins: string[] = [];
    const built = await build({
      root: project,
      configFile: false,
      logLevel: 'silent',
      plugins: [
        {
          name: 'builtins',
          enforce: 'pre',
          resolveId(source, importer) {
            if (source.startsWith('node:') || /^(fs|path|os|zlib|crypto|module|url)(\/|$)/.test(source)) {
              builtins.push(`${source} in ${importer}`);
            }
            return null;
          },
        },
      ],
      build: {
        write: false,
        target: 'es2023',
        rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
      },
    });
    const [first] = Array.isArray(built) ? built : [built];
    if (!first || !('output' in first)) throw new Error('nothing was built');
    expect(builtins).toEqual([]);
    const [chunk, ...others] = first.output;
    expect(others).toEqual([]);
    expect([...chunk.imports, ...chunk.dynamicImports]).toEqual([]);
    const modules = chunk.moduleIds.filter((id) => /\.node\.js$|__vite-browser-external/.test(id));
    expect(modules).toEqual([]);
    const [size, packed] = [chunk.code.length, gzipSync(chunk.code).length];
    console.log(`bundle: ${size} bytes minified, ${packed} gzipped`);
    const said = /(\d+) kB minified, (\d+) kB gzipped/.exec(await readFile('docs/export.md', 'utf8'));
    for (const [i, bytes] of [size, packed].entries()) {
      const documented = Number(said?.[i + 1]) * 1e3;
      expect(Math.abs(bytes - documented), `${bytes} bytes`).toBeLessThan(0.15 * documented);
    }
  });
});

import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { build, defineConfig, type Plugin } from 'vite';

const here = import.meta.dirname;
const out = resolve(here, '../dist/page');

/** Hosts know what .js is; some send .mjs as a download, which no browser runs. */
const assetFileNames = ({ names }: { names: string[] }) =>
  names[0]?.endsWith('.mjs') ? 'assets/[name]-[hash].js' : 'assets/[name]-[hash][extname]';

/** The files that the page needs, found by their names in each other's text: the engine page and its own chunks are left out. */
async function filesOfPage(): Promise<string[]> {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const all = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, resolve(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  const found = new Set(['index.html']);
  for (const name of found) {
    const text = /\.(html|js|css|webmanifest)$/.test(name) ? await readFile(resolve(out, name), 'utf8') : '';
    for (const other of all) if (text.includes(basename(other))) found.add(other);
  }
  return [...found].sort();
}

/**
 * After the pages: `files.json`, what the page consists of, and `sw.js`, which keeps these files and the model. The model
 * is not known here: whoever serves or writes the page puts its digest where `__MODEL_DIGEST__` stands.
 */
function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    async closeBundle() {
      const files = await filesOfPage();
      await writeFile(resolve(out, 'files.json'), `${JSON.stringify(files, null, 2)}\n`);
      const manifest = await Promise.all(
        files.map(async (name) => {
          // Hosts redirect index.html to the folder, and a redirected answer is refused to a navigation.
          const url = name === 'index.html' ? './' : name;
          if (name.startsWith('assets/')) return { url, revision: null };
          return {
            url,
            revision: createHash('sha256')
              .update(await readFile(resolve(out, name)))
              .digest('hex')
              .slice(0, 16),
          };
        }),
      );
      manifest.push({ url: 'model.onnx', revision: '__MODEL_DIGEST__' });
      await build({
        configFile: false,
        root: here,
        logLevel: 'warn',
        publicDir: false,
        define: { __PRECACHE__: JSON.stringify(manifest), 'process.env.NODE_ENV': '"production"' },
        build: {
          outDir: out,
          emptyOutDir: false,
          target: 'es2023',
          // A classic script: not every browser takes a module here.
          lib: { entry: resolve(here, 'sw.ts'), formats: ['iife'], name: 'sw', fileName: () => 'sw.js' },
        },
      });
    },
  };
}

// Two pages: the one that people see, and the bare one in which the web engines run when Node drives a browser.
// Relative addresses throughout, so that the page works in any folder of any host.
export default defineConfig({
  root: here,
  base: './',
  logLevel: 'warn',
  plugins: [offline()],
  build: {
    outDir: out,
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: { index: resolve(here, 'index.html'), engine: resolve(here, 'engine.html') },
      output: { assetFileNames },
      checks: { pluginTimings: false },
    },
  },
  worker: { format: 'es', rolldownOptions: { output: { assetFileNames }, checks: { pluginTimings: false } } },
});

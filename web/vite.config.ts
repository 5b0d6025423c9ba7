import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const here = import.meta.dirname;

// Two pages: the one that people see, and the bare one in which the web engines run when Node drives a browser.
// Relative addresses throughout, so that the page works in any folder of any host.
export default defineConfig({
  root: here,
  base: './',
  logLevel: 'warn',
  build: {
    outDir: resolve(here, '../dist/page'),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: { index: resolve(here, 'index.html'), engine: resolve(here, 'engine.html') } },
  },
  worker: { format: 'es' },
});

import { defineConfig } from 'vitest/config';

/** Tests that take minutes each: `npm run test:slow`. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/slow/**/*.test.ts'],
    // One after another: each of them uses all cores.
    maxWorkers: 1,
    testTimeout: 30 * 60_000,
    hookTimeout: 30 * 60_000,
  },
});

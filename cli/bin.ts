#!/usr/bin/env node
import { CommanderError } from 'commander';
import { fail } from './lib/fail.js';
import { endOnInterrupt } from './lib/interrupt.js';
import { watchOutput } from './lib/output.js';

// An empty variable is one that is not set: compose files write `PORT=`.
for (const name of ['PORT', 'HOST', 'MODEL', 'ENGINE', 'WORKERS', 'THREADS', 'MAX_BODY', 'TLS_CERT', 'TLS_KEY']) {
  if (process.env[name] === '') delete process.env[name];
}

watchOutput();
// A file beyond what this account may write is an error of that write, EFBIG. With no listener of ours, that of the package
// that makes locks would end the process instead.
process.on('SIGXFSZ', () => {});
endOnInterrupt();
try {
  // Only now, because it loads much: Ctrl-C is heard from the first moment.
  const { createProgram } = await import('./program.js');
  const program = await createProgram(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  // --help and --version end this way too, with exit code 0.
  if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
  fail(error);
}

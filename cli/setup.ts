import { Argument, Command } from 'commander';
import { type PartName, partNames, type SetupOutcome, setup } from '../machine/index.js';
import { interruptSignal } from './lib/interrupt.js';

export function formatOutcome({ what, status, bytes, seconds, reason, remedy }: SetupOutcome): string {
  const size = bytes === undefined ? '' : `, ${(bytes / 1e6).toFixed(0)} MB`;
  if (status === 'impossible') return `${what}: not possible here: ${reason}; ${remedy}`;
  return `${what}: ${status === 'made' ? `made in ${seconds} s` : 'already there'}${size}`;
}

export const setupCommand = new Command('setup')
  .description(
    "bring what this machine lacks into the user's cache: engines, training backends, a browser, fonts, gRPC",
  )
  .addArgument(
    new Argument(
      '[parts...]',
      'runtime: to predict and serve; training; browser: to verify in one; fonts: to draw street digits; grpc: to serve by it (default: all)',
    ).choices(partNames),
  )
  .option('--json', 'print what was done as JSON')
  .addHelpText('after', '\nExample:\n  $ npx onward setup runtime\n')
  .action(async (parts: PartName[], { json }: { json?: boolean }) => {
    const outcomes = await setup({
      ...(parts.length > 0 && { parts }),
      onProgress: (line) => console.error(line),
      signal: interruptSignal(),
    });
    if (json) console.log(JSON.stringify(outcomes));
    else for (const outcome of outcomes) console.log(formatOutcome(outcome));
    // WASM stands in for the native backend; anything else that was asked for and cannot be had is a failure.
    if (outcomes.some(({ what, status }) => status === 'impossible' && !what.includes('native'))) process.exitCode = 1;
  });

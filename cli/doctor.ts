import { Command } from 'commander';
import { backendNames, describeMachine, probeTensorFlow, version } from '../machine/index.js';
import type { Availability } from '../runtime/common/index.js';
import { engines } from '../runtime/engines/index.node.js';
import { table } from './lib/table.js';

type Named = { readonly name: string } & Availability;

function lines(title: string, found: readonly Named[]): string {
  const rows = found.map((one) => (one.available ? [one.name, one.version, one.device] : [one.name, '–', 'absent']));
  const why = found.flatMap((one) => (one.available ? [] : [`  ${one.name}: ${one.reason}; ${one.remedy}`]));
  return [table([[title, 'version', 'device'], ...rows]), ...why].join('\n');
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

export const doctorCommand = new Command('doctor')
  .description('list each training backend and each engine, or why it is not there and what would bring it')
  .option('--json', 'print everything as JSON')
  .addHelpText('after', '\nExample:\n  $ npx onward doctor\n')
  .action(async ({ json }: { json?: boolean }) => {
    const machine = await describeMachine();
    const backends: Named[] = [];
    for (const name of backendNames) backends.push({ name, ...(await probeTensorFlow(name)) });
    const found: Named[] = [];
    for (const engine of engines) found.push({ name: engine.name, ...(await engine.probe()) });
    if (json) {
      console.log(JSON.stringify({ onward: version, machine, backends, engines: found }));
      return;
    }
    const { cores, memory, cache } = machine;
    console.log(
      [
        `onward ${version}, Node ${machine.node}, ${machine.platform} ${machine.arch}, ${cores} cores (${machine.processor}), ${gigabytes(memory.total)} memory`,
        `cache: ${cache.folder} (${gigabytes(cache.bytes)})`,
        '',
        lines('training backend', backends),
        '',
        lines('engine', found),
        '',
        lines('tool', [
          { name: 'browser', ...machine.browser },
          { name: 'fonts', ...machine.fonts },
          { name: 'compiler', ...machine.compiler },
          { name: 'pip or uv', ...machine.wheelInstaller },
        ]),
      ].join('\n'),
    );
  });

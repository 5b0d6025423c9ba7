import { parseArgs } from 'node:util';
import { closest, messageOf } from '../runtime/common/index.js';
import type { Benchmark } from './benchmark.js';
import { benchmarks } from './index.js';
import { describeMachine, type Machine } from './machine.js';
import { machineText, resultText } from './print.js';
import { startPython } from './python.js';
import { type Result, type RunOptions, runBenchmark } from './run.js';
import { spread, timesAsFast } from './statistics.js';

const usage = `npm run bench [-- <name> ...] [--rounds <n>] [--pictures <folder>] [--json] [--list]
  <name>      which benchmarks; default: all
  --rounds n  how often each side has its turn; default: 5, which quick cases exceed
  --pictures folder  where what is drawn is written; default: nowhere
  --json      every sample and what they come to, as JSON on stdout
  --list      prints the benchmarks
`;

/** A sentence about how it was called. */
class Usage extends Error {}

function options(args: readonly string[]) {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new Usage(`${messageOf(error).split(/[.\n]/)[0]}.`);
  }
  const { values, positionals } = parsed;
  const rounds = Number(values.rounds ?? 5);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new Usage(`Expected --rounds to be a whole number from 1 up, got "${values.rounds}".`);
  }
  const chosen = positionals.length === 0 ? benchmarks : positionals.map(byName);
  return {
    rounds,
    chosen: [...new Set(chosen)],
    pictures: values.pictures,
    json: values.json ?? false,
    list: values.list,
    help: values.help,
  };
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      pictures: { type: 'string' },
      json: { type: 'boolean' },
      list: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });

function byName(name: string): Benchmark {
  const found = benchmarks.find((each) => each.name === name);
  if (found) return found;
  const names = benchmarks.map((each) => each.name);
  const near = closest(name, names);
  throw new Usage(`Unknown benchmark "${name}"${near ? `: did you mean ${near}?` : '.'} Known: ${names.join(', ')}.`);
}

/** The samples with what the tables say of them. */
function forJson(machine: Machine, results: readonly Result[]) {
  return {
    machine,
    benchmarks: results.map((result) => ({
      ...result,
      contests: result.contests.map(({ contestants, ...contest }) => ({
        ...contest,
        contestants: contestants.map((each) => ({
          ...each,
          ...spread(each.rounds),
          ...(each.isOther && { oursIsTimesAsFast: timesAsFast(contestants[0]!.rounds, each.rounds) }),
        })),
      })),
    })),
  };
}

async function pythonVersions(python: RunOptions['python']): Promise<Readonly<Record<string, string>>> {
  if ('reason' in python) return {};
  const started = startPython(python.path);
  try {
    return await started.ask('versions');
  } finally {
    started.close();
  }
}

/**
 * @param findPython brings the Python peers, asked only when a benchmark needs them; throws with the reason where it cannot
 * @returns the exit code: 1 when a benchmark failed, 2 for wrong usage. A missed target is no failure: machines differ.
 */
export async function main(args: readonly string[], findPython: () => Promise<string>): Promise<number> {
  let chosen: ReturnType<typeof options>;
  try {
    chosen = options(args);
  } catch (error) {
    if (!(error instanceof Usage)) throw error;
    console.error(`${error.message} \`npm run bench -- --help\` has the rest.`);
    return 2;
  }
  if (chosen.help || chosen.list) {
    console.log(chosen.help ? usage : benchmarks.map(({ name, description }) => `${name}: ${description}`).join('\n'));
    return 0;
  }
  // So that what cleans up at the exit runs.
  process.once('SIGINT', () => process.exit(130));
  // Before anything of ours is part of the load.
  const described = describeMachine();
  const python: RunOptions['python'] = chosen.chosen.some(({ needs }) => needs.includes('python'))
    ? await findPython().then(
        (path) => ({ path }),
        (error: unknown) => ({ reason: messageOf(error) }),
      )
    : { reason: 'not asked for' };
  const machine = { ...described, versions: { ...described.versions, ...(await pythonVersions(python)) } };
  if (!chosen.json) console.log(machineText(machine));
  const results: Result[] = [];
  for (const benchmark of chosen.chosen) {
    const onProgress = (line: string) => console.error(line);
    results.push(
      await runBenchmark(benchmark, { rounds: chosen.rounds, python, pictures: chosen.pictures, onProgress }),
    );
    if (!chosen.json) console.log(`\n${resultText(results.at(-1)!)}`);
  }
  if (chosen.json) console.log(JSON.stringify(forJson(machine, results), null, 2));
  return results.some(({ failed }) => failed !== undefined) ? 1 : 0;
}

import type { Measured, Table } from './benchmark.js';
import type { Machine } from './machine.js';
import type { Result } from './run.js';
import { spread, timesAsFast } from './statistics.js';

/** Three digits that count: 0.0512, 4.66, 242, 14400. */
const short = (value: number) => (value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))));

/** Columns side by side, those of numbers flush right. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const isNumber = head.map((_, i) => rows.every((row) => /^[-–]?$|^-?[\d.]/.test(row[i]!)));
  const pad = (cell: string, i: number) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!));
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

function contestText({ name, repeat, images, contestants }: Measured): string {
  const [own] = contestants;
  const head = ['', 'cold ms', 'min', 'median', 'max', ...(images ? ['images/s'] : []), 'ours is', 'by round'];
  const rows = contestants.map((each) => {
    const { min, median, max } = spread(each.rounds);
    const ratio = each.isOther ? timesAsFast(own!.rounds, each.rounds) : undefined;
    return [
      each.name,
      ...[each.first, min, median, max].map(short),
      ...(images ? [short((images * 1000) / median)] : []),
      ratio ? `${short(ratio.medians)}x` : '',
      ratio ? `${short(ratio.min)}-${short(ratio.max)}` : '',
    ];
  });
  const often = repeat > 1 ? ` of ${repeat} runs` : '';
  return `${name} (${own!.rounds.length} rounds${often}, ms)\n${columns(head, rows)}`;
}

/** `work: ours 10 ms, theirs 25 ms (2.5x)`, by the medians. */
export function contestLine({ name, contestants }: Measured): string {
  const [own] = contestants;
  const texts = contestants.map((each) => {
    const ratio = each.isOther ? ` (${short(timesAsFast(own!.rounds, each.rounds).medians)}x)` : '';
    return `${each.name} ${short(spread(each.rounds).median)} ms${ratio}`;
  });
  return `${name}: ${texts.join(', ')}`;
}

const tableText = ({ title, columns: head, rows }: Table) => `${title}\n${columns(head, rows)}`;

export function resultText({ name, description, skipped, failed, contests, tables, targets, notes }: Result): string {
  const parts = [`${name}: ${description}`];
  if (skipped) parts.push(`skipped: ${skipped}`);
  parts.push(...contests.map(contestText), ...tables.map(tableText));
  if (targets.length > 0) {
    const rows = targets.map(({ what, wanted, got, verdict }) => [
      verdict === 'missed' ? 'MISSED' : verdict,
      what,
      wanted,
      got,
    ]);
    parts.push(columns(['target', 'what', 'wanted', 'got'], rows));
  }
  if (notes.length > 0) parts.push(notes.join('\n'));
  if (failed) parts.push(`failed: ${failed}`);
  return parts.join('\n\n');
}

export function machineText({ cpu, cores, memoryGB, platform, load, versions }: Machine): string {
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cpu}, ${cores} cores, ${memoryGB} GB, ${platform}; load before: ${load}\n${tools.join(', ')}`;
}

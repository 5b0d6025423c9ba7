import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import { inspectModel, type ModelReport, type ValueReport } from '../runtime/model/index.js';
import { bigNumber, fileSize } from './lib/sizes.js';
import { table } from './lib/table.js';

/** A protobuf has at most 2 GiB: what is longer cannot be ONNX (its constants lie in other files). */
const most = 2 ** 31;

/** @throws OnwardError kind `input` when it cannot be read */
async function read(path: string): Promise<Uint8Array> {
  const refuse = (why: string, cause?: unknown) => new OnwardError('input', `${path}: ${why}`, { cause });
  const found = await stat(path).catch((cause) => {
    if (cause.code === 'ENOENT') throw refuse('there is no such file; expected an ONNX file', cause);
    throw refuse(`expected an ONNX file, but it cannot be read (${messageOf(cause)})`, cause);
  });
  if (found.isDirectory()) throw refuse('expected an ONNX file, got a folder; name the file in it');
  if (found.size >= most)
    throw refuse(`expected an ONNX file, which has less than 2 GiB, got one of ${fileSize(found.size)}`);
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw refuse(`expected an ONNX file, but it cannot be read (${messageOf(cause)})`, cause);
  }
}

/** Whatever a file holds, one line of it, and not a long one. */
const short = (text: string, most = 80) => {
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
};

const valueLine = ({ name, type, dims }: ValueReport) =>
  `${short(name)} ${short(type)} ${dims ? `[${dims.join(', ')}]` : 'of unknown shape'}`;

const counts = (operators: { readonly [op: string]: number }) =>
  Object.entries(operators)
    .map(([op, count]) => `${short(op)} ${count}`)
    .join(', ');

/** A value of the provenance for a reader: `name photos, images 240, digest ee2192ff78e7…`. */
function described(value: unknown): string {
  if (Array.isArray(value)) return value.map(described).join('; ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, inner]) => `${key} ${described(inner)}`)
      .join(', ');
  }
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(5)));
  return /^[0-9a-f]{64}$/.test(String(value)) ? `${String(value).slice(0, 12)}…` : String(value);
}

/** How many there are, and how many more inside of them. */
function nodesLine({ nodes, operators }: ModelReport): string {
  const inner = Object.values(operators).reduce((a, b) => a + b, 0) - nodes.length;
  return `${nodes.length}${inner > 0 ? ` and ${inner} in their branches and loops` : ''}: ${counts(operators)}`;
}

function workLine({ multiplyAdds, unknownNodes, nodes }: ModelReport): string {
  if (unknownNodes === 0) return `${bigNumber(multiplyAdds)} multiply-adds a sample`;
  const unknown = nodes.filter((node) => node.multiplyAdds === null).map(({ op }) => op);
  const which = `${short([...new Set(unknown)].join(', '))}: ${unknownNodes} ${unknownNodes === 1 ? 'node' : 'nodes'}`;
  return multiplyAdds === 0
    ? `not known without running it (${which})`
    : `${bigNumber(multiplyAdds)} multiply-adds a sample, besides what is not known without running it (${which})`;
}

/** Constants in other files, and whether these are there. */
async function externalLines(path: string, { externalFiles }: ModelReport): Promise<string[]> {
  return Promise.all(
    externalFiles.map(async ({ location, bytes, end }) => {
      const found = await stat(resolve(dirname(path), location)).catch(() => undefined);
      const state = !found?.isFile() ? ', which is not there' : found.size < end ? ', which is too short' : '';
      return `${fileSize(bytes)} in ${short(location)}${state}`;
    }),
  );
}

/** What is said of a file: a word, and what it is. */
async function* facts(path: string, report: ModelReport): AsyncGenerator<readonly [string, string]> {
  const { irVersion, opsets, parameters, labels, image, golden, digest } = report;
  const sets = Object.entries(opsets).map(([domain, version]) =>
    domain === 'ai.onnx' ? `${version}` : `${short(domain)} ${version}`,
  );
  yield ['opset', `${sets.join(', ') || 'none'} (IR ${irVersion})`];
  for (const value of report.inputs) yield ['input', valueLine(value)];
  for (const value of report.outputs) yield ['output', valueLine(value)];
  yield ['nodes', nodesLine(report)];
  for (const [name, operators] of Object.entries(report.functions)) {
    yield ['function', `${short(name)}: ${counts(operators)}`];
  }
  const elsewhere = await externalLines(path, report);
  const here = fileSize(report.constantBytes);
  const sizes = elsewhere.length > 0 ? `${here} here, ${elsewhere.join(', ')}` : here;
  yield ['weights', `${bigNumber(parameters)} parameters, ${sizes}`];
  yield ['work', workLine(report)];
  if (image) {
    const { width, height, channels, fit, background } = image;
    const around = fit === 'contain' ? ` on [${background.join(', ')}]` : '';
    yield ['images', `${width}x${height}, ${channels === 1 ? 'gray' : 'RGB'}, fitted with ${fit}${around}`];
  }
  if (labels) yield ['labels', `${labels.length}: ${short(labels.join(', '), 100)}`];
  if (golden) yield ['golden', `${golden.count} samples (${golden.kind})`];
  for (const [key, value] of Object.entries(report.provenance ?? {})) {
    yield [short(key, 24), short(described(value), 120)];
  }
  const others = Object.entries(report.metadata).filter(([key]) => !key.startsWith('onward.'));
  for (const [key, value] of others) yield ['metadata', `${short(key)}: ${short(value)}`];
  if (!digest) yield ['digest', 'none: nothing says whether the file is as it was written'];
  else if (digest.state === 'intact') yield ['digest', `intact, sha256 ${digest.sha256}`];
  else yield ['digest', `ALTERED since it was exported: ${digest.altered}`];
}

async function* lines(path: string, report: ModelReport): AsyncGenerator<string> {
  yield `${path}: ${fileSize(report.bytes)}, by ${short(report.producer) || 'somebody who does not say so'}`;
  const all: (readonly [string, string])[] = [];
  for await (const fact of facts(path, report)) all.push(fact);
  const width = Math.max(...all.map(([what]) => what.length));
  for (const [what, is] of all) yield `  ${what.padEnd(width)}  ${is}`;
}

const layerTable = ({ nodes }: ModelReport) =>
  table([
    ['node', 'operator', 'output', 'parameters', 'multiply-adds'],
    ...nodes.map(({ name, op, output, parameters, multiplyAdds }) => [
      short(name, 48),
      short(op, 48),
      output ? `[${output.join(', ')}]` : '?',
      parameters.toLocaleString('en'),
      // A dash keeps the column one of numbers.
      multiplyAdds === null ? '-' : multiplyAdds.toLocaleString('en'),
    ]),
  ]);

export const inspectCommand = new Command('inspect')
  .description('say what is in an ONNX file, whoever wrote it')
  .argument('<model>', 'an ONNX file')
  .option('--layers', 'a line for each node as well')
  .option('--json', 'print everything as JSON')
  .addHelpText('after', '\nExample:\n  $ npx onward inspect model.onnx --layers\n')
  .action(async (path: string, flags: { layers?: boolean; json?: boolean }) => {
    const report = inspectModel(await read(path), { name: path });
    if (flags.json) {
      const { nodes, ...others } = report;
      return console.log(JSON.stringify(flags.layers ? report : { ...others, nodeCount: nodes.length }));
    }
    for await (const line of lines(path, report)) console.log(line);
    if (flags.layers) console.log(`\n${layerTable(report)}`);
  });

import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import { inspectModel, type ModelReport, type ValueReport } from '../runtime/model/index.js';
import { table } from './lib/table.js';

/** @throws OnwardError kind `input` when it cannot be read */
async function read(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new OnwardError('input', `${path}: expected an ONNX file, but it cannot be read (${messageOf(cause)})`, {
      cause,
    });
  }
}

/** Whatever a file holds, one line of it, and not a long one. */
const short = (text: string, most = 80) => {
  const line = text.replace(/\p{Cc}+/gu, ' ');
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
};
const values = (what: string, list: readonly ValueReport[]) =>
  list.map(
    ({ name, type, dims }) => `  ${what.padEnd(7)} ${short(name)} ${type ?? 'of another type'} [${dims.join(', ')}]`,
  );

function* lines(path: string, report: ModelReport): Generator<string> {
  const { bytes, producer, irVersion, opsets, operators, parameters, multiplyAdds, unknownNodes, labels, digest } =
    report;
  yield `${path}: ${(bytes / 1e3).toFixed(1)} kB, by ${short(producer) || 'nobody who says so'}`;
  const sets = Object.entries(opsets).map(([domain, version]) =>
    domain === 'ai.onnx' ? `${version}` : `${short(domain)} ${version}`,
  );
  yield `  opset   ${sets.join(', ') || 'none'} (IR ${irVersion})`;
  yield* values('input', report.inputs);
  yield* values('output', report.outputs);
  yield `  nodes   ${report.nodes.length}: ${Object.entries(operators)
    .map(([op, count]) => `${short(op)} ${count}`)
    .join(', ')}`;
  yield `  weights ${parameters.toLocaleString('en')} parameters, ${(report.constantBytes / 1e3).toFixed(1)} kB${report.external ? ', some of them in other files' : ''}`;
  yield `  work    ${multiplyAdds.toLocaleString('en')} multiply-adds a sample${unknownNodes > 0 ? ` and those of ${unknownNodes} nodes of unknown shape` : ''}`;
  if (labels) yield `  labels  ${labels.length}: ${short(labels.join(', '), 100)}`;
  for (const [key, value] of Object.entries(report.provenance ?? {})) {
    yield `  ${short(key)}: ${short(typeof value === 'string' ? value : JSON.stringify(value), 100)}`;
  }
  const others = Object.entries(report.metadata).filter(([key]) => !key.startsWith('onward.'));
  for (const [key, value] of others) yield `  metadata ${short(key)}: ${short(value)}`;
  if (!digest) yield '  digest  none: nothing says whether the file is as it was written';
  else
    yield digest.state === 'intact'
      ? `  digest  intact, sha256 ${digest.sha256}`
      : '  digest  ALTERED since it was exported';
}

const layerTable = ({ nodes }: ModelReport) =>
  table([
    ['node', 'operator', 'output', 'parameters', 'multiply-adds'],
    ...nodes.map(({ name, op, output, parameters, multiplyAdds }) => [
      short(name, 48),
      short(op, 32),
      output ? `[${output.join(', ')}]` : '?',
      String(parameters),
      multiplyAdds === null ? '?' : String(multiplyAdds),
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
    for (const line of lines(path, report)) console.log(line);
    if (flags.layers) console.log(`\n${layerTable(report)}`);
  });

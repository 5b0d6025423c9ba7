import type { GraphProto } from 'onnx-buf';
import { OnwardError, unknownName } from '../../runtime/common/index.js';
import { decodeModel, type LoadedModel } from '../../runtime/model/index.js';

/** The graph of a model's file. */
export function graphOf({ bytes, name }: Pick<LoadedModel, 'bytes' | 'name'>): GraphProto {
  const { graph } = decodeModel(bytes);
  if (graph) return graph;
  throw new OnwardError('input', `${name}: expected an ONNX file with a graph in it; export it again`);
}

/** What a message lists at most. */
const most = 12;

/**
 * The value in a graph that a person means by a layer's name: that of a node (what it gives first), or of the value itself.
 * Names that end alike are the same where only one does: `conv1` for `features/conv1`.
 * @throws OnwardError kind `usage` that names the nearest layers
 */
export function namedValue(graph: GraphProto, layer: string): string {
  const byNode = graph.node.find(({ name }) => name === layer)?.output[0];
  if (byNode) return byNode;
  const values = graph.node.flatMap(({ output }) => output.filter((name) => name !== ''));
  if (values.includes(layer)) return layer;
  const endings = graph.node.filter(({ name }) => name.endsWith(`/${layer}`));
  if (endings.length === 1 && endings[0]!.output[0]) return endings[0]!.output[0];
  const known = graph.node.map(({ name, output }) => name || output[0]!);
  const sentence = unknownName('layer', layer, known);
  const [head] = sentence.split(' Known: ') as [string];
  const listed = known.slice(0, most).join(', ');
  throw new OnwardError(
    'usage',
    `--layer: ${head} The graph has ${listed}${known.length > most ? `, ... (${known.length}; onward inspect --layers lists them)` : ''}`,
  );
}

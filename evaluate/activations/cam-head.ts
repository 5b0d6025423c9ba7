import type { GraphProto, NodeProto, TensorProto } from 'onnx-buf';

/** The end of a network that class activation maps can be read from: maps, their means, one dense layer. */
export interface CamHead {
  /** The value with the maps that are averaged, `[N, maps, height, width]`. */
  readonly value: string;
  /** float32 `[maps]`: how much the mean of each map counts for a class. */
  weightsOf(classIndex: number): Float32Array;
}

const carriers = new Set(['Flatten', 'Reshape', 'Squeeze', 'Identity', 'Dropout', 'Cast']);

function floats({ floatData, rawData, dataType }: TensorProto): Float32Array | undefined {
  if (dataType !== 1) return undefined;
  if (floatData.length > 0) return Float32Array.from(floatData);
  return new Float32Array(rawData.slice().buffer);
}

const intOf = (node: NodeProto, name: string) => Number(node.attribute.find((each) => each.name === name)?.i ?? 0n);

/**
 * The head that plain class activation maps need (Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR
 * 2016, arXiv:1512.04150): global average pooling, then one dense layer. Undefined where the graph ends otherwise.
 */
export function camHead(graph: GraphProto, output: string): CamHead | undefined {
  const makers = new Map(graph.node.flatMap((node) => node.output.map((value) => [value, node])));
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  /** Back over nodes of one computed input. */
  const back = (from: string, over: ReadonlySet<string>) => {
    let value = from;
    for (let node = makers.get(value); node && over.has(node.opType); node = makers.get(value)) {
      const computed: string[] = node.input.filter((input) => input !== '' && !constants.has(input));
      if (computed.length !== 1 && !carriers.has(node.opType)) break;
      value = computed[0]!;
    }
    return value;
  };
  const dense = makers.get(back(output, new Set(['Softmax', 'Add', ...carriers])));
  if (dense?.opType !== 'Gemm' && dense?.opType !== 'MatMul') return undefined;
  const tensor = constants.get(dense.input[1] ?? '');
  const values = tensor && floats(tensor);
  const [rows, columns] = tensor?.dims.map(Number) ?? [];
  if (!values || !rows || !columns || intOf(dense, 'transA') === 1) return undefined;
  const transposed = dense.opType === 'Gemm' && intOf(dense, 'transB') === 1;
  const maps = transposed ? columns : rows;
  const pool = makers.get(back(dense.input[0]!, carriers));
  const isMean =
    pool?.opType === 'ReduceMean' &&
    (pool.attribute
      .find(({ name }) => name === 'axes')
      ?.ints.map(Number)
      .join() === '2,3' ||
      pool.attribute
        .find(({ name }) => name === 'axes')
        ?.ints.map(Number)
        .join() === '-2,-1');
  if (pool?.opType !== 'GlobalAveragePool' && !isMean) return undefined;
  return {
    value: pool!.input[0]!,
    weightsOf: (c) =>
      Float32Array.from({ length: maps }, (_, i) => values[transposed ? c * columns + i : i * columns + c]!),
  };
}

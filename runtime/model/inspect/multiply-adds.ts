import type { NodeProto } from 'onnx-buf';
import { int, isOnnx, isOnnxRuntime, product, type Shape } from './rules.js';

/** Which input of a product has the weights. */
const products: ReadonlyMap<string, 'convolution' | 'gemm' | 'matMul'> = new Map([
  ['Conv', 'convolution'],
  ['ConvInteger', 'convolution'],
  ['FusedConv', 'convolution'],
  ['QLinearConv', 'convolution'],
  ['FusedGemm', 'gemm'],
  ['Gemm', 'gemm'],
  ['QGemm', 'gemm'],
  ['DynamicQuantizeMatMul', 'matMul'],
  ['MatMul', 'matMul'],
  ['MatMulInteger', 'matMul'],
  ['MatMulIntegerToFloat', 'matMul'],
  ['QLinearMatMul', 'matMul'],
]);

/**
 * Multiplications of one node, each with its addition, for one sample: those of convolutions, of products of matrices and
 * of recurrent layers. 0 for operators that have none to speak of, undefined where a shape, or the operator, is not known.
 */
export function multiplyAdds(node: NodeProto, shape: (name: string | undefined) => Shape): number | undefined {
  const of = (at: number) => shape(node.input[at]);
  const output = shape(node.output[0]);
  const weighted = (weights: Shape, per: Shape, axis: number) =>
    weights && per ? (product(per) * product(weights)) / weights[axis]! : undefined;
  if (!isOnnx(node) && !isOnnxRuntime(node)) return undefined;
  const kind = products.get(node.opType);
  if (kind === 'convolution') return weighted(of(node.opType === 'QLinearConv' ? 3 : 1), output, 0);
  if (kind) {
    const inner = kind === 'gemm' && int(node, 'transA', 0) ? of(0)?.[0] : of(0)?.at(-1);
    return output && inner !== undefined ? product(output) * inner : undefined;
  }
  switch (node.opType) {
    case 'ConvTranspose':
      return weighted(of(1), of(0), 0);
    case 'GRU':
    case 'LSTM':
    case 'RNN': {
      const [input, weights, recurrentWeights] = [of(0), of(1), of(2)];
      if (!input || !weights || !recurrentWeights) return undefined;
      return input[0]! * input[1]! * (product(weights) + product(recurrentWeights));
    }
    case 'Einsum':
    case 'If':
    case 'Loop':
    case 'Scan':
    case 'DeformConv':
      return undefined;
    default:
      // Of ONNX Runtime's own operators many multiply; those whose shape is known here do not.
      return isOnnx(node) || output ? 0 : undefined;
  }
}

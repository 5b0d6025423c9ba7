import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { decodeModel, encodeModel, floatInitializer, type Graph } from 'onward/model';
import { channels, filters, graphOf, side, type Weights, weightsOf } from '../engines/models.js';

export interface Elsewhere {
  /** Of the input, channels first; default: `['N', 3, 8, 8]`. */
  readonly dims?: readonly (number | string)[];
  /** Whether blue comes first. */
  readonly bgr?: boolean;
  /** Whether it ends before the softmax. */
  readonly logits?: boolean;
  /** Of the output; default: the four classes. */
  readonly classes?: number | string;
}

/** [out, in, 3, 3] with its input channels the other way round. */
function reversed(kernel: Float32Array): Float32Array {
  const result = new Float32Array(kernel.length);
  for (let f = 0; f < filters; f++) {
    for (let c = 0; c < channels; c++) {
      const from = (f * channels + c) * 9;
      result.set(kernel.subarray(from, from + 9), (f * channels + channels - 1 - c) * 9);
    }
  }
  return result;
}

/**
 * The test model as other tools write it: floats in, channels first, nothing of what happens to an image before in the graph
 * (there: bytes / 127.5 - 1).
 */
export function elsewhere(
  { dims = ['N', channels, side, side], bgr = false, logits = false, classes = 4 }: Elsewhere = {},
  weights: Weights = weightsOf(1),
): Uint8Array<ArrayBuffer> {
  const whole = graphOf(weights);
  const before = new Set(['float', 'scaled', 'shifted', 'nchw', ...(logits ? ['probabilities'] : [])]);
  const initializers = new Map(whole.initializers);
  const kernel = initializers.get('kernel')!;
  if (bgr) {
    const values = new Float32Array(kernel.bytes.slice().buffer);
    initializers.set('kernel', floatInitializer('kernel', [filters, channels, 3, 3], reversed(values)));
  }
  for (const name of ['scale', 'offset']) initializers.delete(name);
  const graph: Graph = {
    ...whole,
    inputs: [{ name: 'nchw', type: 'float32', dims: [...dims] }],
    outputs: [{ name: logits ? 'logits' : 'probabilities', type: 'float32', dims: ['N', classes] }],
    nodes: whole.nodes.filter(({ name }) => !before.has(name)),
    initializers,
  };
  const model = decodeModel(encodeModel(graph, [], ''));
  return toBinary(ModelProtoSchema, { ...model, producerName: 'pytorch' }) as Uint8Array<ArrayBuffer>;
}

/** What `bytes / 127.5 - 1` is in a description. */
export const asTrained = { scale: 1, mean: [127.5], std: [127.5] };

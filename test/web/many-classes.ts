import {
  floatInitializer,
  type GraphNode,
  int,
  intInitializer,
  ints,
  type LoadedModel,
  loadModel,
  sealModel,
} from 'onward/model';

/** A model with more classes than fit on a page and no golden samples: the mean gray of an image on a scale of 30. */
export function manyClasses(): LoadedModel {
  const labels = Array.from({ length: 30 }, (_, i) => `a shade of gray, number ${i + 1}`);
  const node = (op: string, inputs: string[], output: string, attributes: GraphNode['attributes'] = {}) => ({
    name: output,
    op,
    inputs,
    outputs: [output],
    attributes,
  });
  // -(gray - center)^2 up to a constant that softmax drops.
  const centers = labels.map((_, i) => (i + 0.5) / labels.length);
  const weight = Float32Array.from(centers, (center) => (2 * center * 300) / 255);
  const bias = Float32Array.from(centers, (center) => -center * center * 300);
  const constants = [
    floatInitializer('weight', [1, 30], weight),
    floatInitializer('bias', [30], bias),
    intInitializer('flat', [0, -1]),
  ];
  const graph = {
    name: 'gray',
    opset: 17,
    inputs: [{ name: 'image', type: 'uint8' as const, dims: ['N', 4, 4, 1] }],
    outputs: [{ name: 'probabilities', type: 'float32' as const, dims: ['N', 30] }],
    nodes: [
      node('Cast', ['image'], 'float', { to: int(1) }),
      node('Transpose', ['float'], 'nchw', { perm: ints([0, 3, 1, 2]) }),
      node('GlobalAveragePool', ['nchw'], 'mean'),
      node('Reshape', ['mean', 'flat'], 'row'),
      node('Gemm', ['row', 'weight', 'bias'], 'logits'),
      node('Softmax', ['logits'], 'probabilities', { axis: int(1) }),
    ],
    initializers: new Map(constants.map((c) => [c.name, c])),
  };
  const input = { width: 4, height: 4, channels: 1, fit: 'stretch', background: [255, 255, 255] } as const;
  const bytes = sealModel(graph, { labels, input, provenance: {}, golden: undefined }, '0.1.0');
  return loadModel(bytes, { name: 'gray.onnx' });
}

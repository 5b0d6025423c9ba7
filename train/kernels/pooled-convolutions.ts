import type { LayersModel } from '@tensorflow/tfjs';

type Layer = LayersModel['layers'][number];

/** What TensorFlow.js' layers have and do not declare. */
interface Node {
  readonly inboundLayers: readonly Layer[];
  readonly outboundLayer: Layer;
}
interface Connected {
  readonly inboundNodes: readonly Node[];
  readonly outboundNodes: readonly Node[];
}
interface Settings {
  readonly dataFormat?: string;
  readonly dilationRate?: readonly number[];
  readonly activation?: { getClassName(): string } | null;
}

/**
 * The convolutions whose values nobody sees but the max pooling after them, by that pooling. Relu of the maxima
 * is the maximum of relus, and the sum of the maxima's gradients is the bias': for windows of 2x2 a quarter of the work.
 */
export function pooledConvolutions(layers: readonly Layer[]): ReadonlyMap<Layer, Layer> {
  const found = new Map<Layer, Layer>();
  for (const pooling of layers) {
    if (pooling.getClassName() !== 'MaxPooling2D') continue;
    const { inboundNodes } = pooling as unknown as Connected;
    const convolution = inboundNodes.length === 1 ? inboundNodes[0]!.inboundLayers[0] : undefined;
    // One that stands in another model may be seen there.
    if (convolution?.getClassName() !== 'Conv2D' || !layers.includes(convolution)) continue;
    const { inboundNodes: uses, outboundNodes: users } = convolution as unknown as Connected;
    const { dataFormat, dilationRate = [], activation } = convolution as unknown as Settings;
    const isPlain = dataFormat === 'channelsLast' && dilationRate.every((rate) => rate === 1);
    const isRelu = ['relu', 'linear'].includes(activation?.getClassName() ?? 'linear');
    const pools = (pooling as unknown as Settings).dataFormat === 'channelsLast';
    if (uses.length === 1 && users.length === 1 && isPlain && isRelu && pools) found.set(pooling, convolution);
  }
  return found;
}

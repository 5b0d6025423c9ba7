import type { LayerId } from './weight-source.js';

type Names = (config: LayerId['config']) => string[];

const normalization: Names = ({ scale, center }) => [
  ...(scale === false ? [] : ['gamma']),
  ...(center === false ? [] : ['beta']),
];
const cell: Names = () => ['kernel', 'recurrent_kernel', 'bias'];
const separable: Names = () => ['depthwise_kernel', 'pointwise_kernel', 'bias'];

/** The variables of the classes that have others than a kernel and a bias, in the order in which Keras makes them. */
const classes: ReadonlyMap<string, Names> = new Map<string, Names>([
  ['AdditiveAttention', () => ['scale']],
  ['Attention', () => ['scale']],
  ['BatchNormalization', (config) => [...normalization(config), 'moving_mean', 'moving_variance']],
  ['ConvLSTM1D', cell],
  ['ConvLSTM2D', cell],
  ['Embedding', () => ['embeddings']],
  ['GroupNormalization', normalization],
  ['GRU', cell],
  ['LayerNormalization', normalization],
  ['LayerScale', () => ['gamma']],
  ['LSTM', cell],
  ['Normalization', () => ['mean', 'variance', 'count']],
  ['PReLU', () => ['alpha']],
  ['RMSNormalization', () => ['scale']],
  ['RNN', cell],
  ['SeparableConv1D', separable],
  ['SeparableConv2D', separable],
  ['SimpleRNN', cell],
  ['SpectralNormalization', () => ['kernel', 'vector_u']],
]);
const kernelAndBias: Names = () => ['kernel', 'bias'];

/**
 * What the numbered variables of a layer are called.
 * @param path to what has them within the layer: `cell`, `forward_layer/cell`
 */
export function variableNames({ className, config }: LayerId, path: readonly string[]): string[] {
  if (path.includes('seed_generator')) return ['seed'];
  if (path.includes('cell') || path.includes('cells')) return cell(config);
  // A wrapper's variables are those of the layer in it.
  const inner = config.layer as { class_name?: unknown; config?: LayerId['config'] } | undefined;
  if (path.length > 0 && inner?.config) {
    return variableNames({ className: String(inner.class_name), name: '', config: inner.config }, path.slice(1));
  }
  return (classes.get(className) ?? kernelAndBias)(config);
}

import type { GraphBuilder } from '../builder.js';
import { plain } from '../layout.js';
import type { Layer } from '../read/layers-model.js';
import type { Mask, Value } from '../value.js';

/** The classes that give the mask of what they take on, in TensorFlow.js and in Keras. */
const carriers: ReadonlySet<string> = new Set([
  ...['Activation', 'Dense', 'PReLU', 'ReLU', 'TimeDistributed'],
  ...['AlphaDropout', 'Dropout', 'GaussianDropout', 'GaussianNoise', 'SpatialDropout1D'],
  ...['BatchNormalization', 'LayerNormalization'],
]);

/** The classes whose handlers say themselves what becomes of a mask. */
const ownMasks: ReadonlySet<string> = new Set([
  ...['Bidirectional', 'ConvLSTM2D', 'GRU', 'LSTM', 'Masking', 'RNN', 'SimpleRNN'],
]);

/** A value after a layer that its mask does not pass. */
export function loseMask(value: Value, mask: Mask | undefined, layer: Layer): Value {
  const { mask: _, ...bare } = value;
  return mask ? { ...bare, mask: { ...mask, lostIn: mask.lostIn ?? layer.name } } : bare;
}

/** The steps of `value` that are not zero, as Embedding's `mask_zero` means it. */
function nonZero(builder: GraphBuilder, value: Value, name: string): Mask {
  const zero = builder.floats(`${name}/zero`, [], Float32Array.of(0));
  const isZero = builder.node('Equal', `${name}/is-zero`, [value.name, zero]);
  return { name: builder.node('Not', `${name}/mask`, [isZero]), shape: value.shape };
}

/**
 * What a layer gives, with the mask that goes on with it: masks travel beside values, so handlers but those of `ownMasks`
 * know nothing of them. Only recurrent layers look at one.
 */
export function passMask(
  layer: Layer,
  inputs: readonly Value[],
  outputs: readonly Value[],
  builder: GraphBuilder,
): readonly Value[] {
  const { className, config, name } = layer;
  if (ownMasks.has(className)) return outputs;
  if (className === 'Embedding' && config.mask_zero === true) {
    const mask = nonZero(builder, plain(builder, inputs[0]!), name);
    return outputs.map((output) => ({ ...output, mask }));
  }
  const mask = inputs.find((input) => input.mask)?.mask;
  if (!mask && outputs.every((output) => !output.mask)) return outputs;
  if (mask && carriers.has(className)) return outputs.map((output) => ({ ...output, mask }));
  return outputs.map((output) => loseMask(output, mask, layer));
}

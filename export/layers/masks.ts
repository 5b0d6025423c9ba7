import { int } from '../../runtime/model/index.js';
import type { GraphBuilder } from '../builder.js';
import { plain } from '../layout.js';
import type { Layer, Origin } from '../read/layers-model.js';
import type { Mask, Value } from '../value.js';
import { axisOf, type LayerCall, refuse } from './handler.js';

/** The classes that give the mask of what they take on, in TensorFlow.js and in Keras. */
const carriers: ReadonlySet<string> = new Set([
  ...['Activation', 'Dense', 'PReLU', 'ReLU', 'TimeDistributed'],
  ...['AlphaDropout', 'Dropout', 'GaussianDropout', 'GaussianNoise', 'SpatialDropout1D'],
  ...['BatchNormalization', 'LayerNormalization'],
]);

/** And those that do so in Keras only. */
const kerasCarriers: ReadonlySet<string> = new Set([
  ...carriers,
  ...['ActivityRegularization', 'ELU', 'Identity', 'LeakyReLU', 'Softmax', 'SpatialDropout2D', 'SpatialDropout3D'],
  ...['GroupNormalization', 'MultiHeadAttention', 'Normalization', 'Rescaling', 'RMSNormalization'],
  ...['UnitNormalization'],
]);

/** In Keras, a step counts after these where it counts in one of what they take, and all of them have a mask. */
const kerasMerges: ReadonlySet<string> = new Set(['Add', 'Average', 'Maximum', 'Minimum', 'Multiply', 'Subtract']);

/** The classes whose handlers say themselves what becomes of a mask. */
const ownMasks: ReadonlySet<string> = new Set([
  ...['Bidirectional', 'ConvLSTM2D', 'GRU', 'LSTM', 'Masking', 'RNN', 'SimpleRNN'],
]);

/** Whether what a layer has taken has no mask any more to the layers after it: Keras 3 takes it off in attention. */
export const takesMasks = ({ className }: Layer, origin: Origin): boolean =>
  origin === 'keras-3' && className === 'MultiHeadAttention';

export function withoutMask(value: Value): Value {
  const { mask: _, ...bare } = value;
  return bare;
}

/** A value after a layer that its mask does not pass. */
export function loseMask(value: Value, mask: Mask | undefined, layer: Layer): Value {
  const bare = withoutMask(value);
  return mask ? { ...bare, mask: { ...mask, lostIn: mask.lostIn ?? layer.name } } : bare;
}

/** The steps of `value` that are not zero, as Embedding's `mask_zero` means it. */
function nonZero(builder: GraphBuilder, value: Value, name: string): Mask {
  const zero = builder.floats(`${name}/zero`, [], Float32Array.of(0));
  const isZero = builder.node('Equal', `${name}/is-zero`, [value.name, zero]);
  return { name: builder.node('Not', `${name}/mask`, [isZero]), shape: value.shape };
}

const isSame = (masks: readonly Mask[]) => masks.every(({ name }) => name === masks[0]!.name);

/** What becomes of the masks of several values in Keras; undefined where nothing goes on. */
function mergedMask(call: LayerCall): Mask | undefined {
  const { builder, inputs, layer } = call;
  const masks = inputs.flatMap(({ mask }) => (mask && mask.lostIn === undefined ? [mask] : []));
  if (masks.length === 0) return undefined;
  const isMerge = kerasMerges.has(layer.className);
  if (isMerge && masks.length < inputs.length) return undefined;
  const fold = (op: string) =>
    masks
      .slice(1)
      .reduce(
        (name, mask, i) => (mask.name === name ? name : builder.node(op, `${layer.name}/mask/${i}`, [name, mask.name])),
        masks[0]!.name,
      );
  if (isMerge) return { ...masks[0]!, name: fold('Or') };
  const rank = inputs[0]!.shape.length;
  const axis = axisOf(call, layer.config.axis ?? -1, rank);
  // Along what a step holds: a step counts where it counts in all of them.
  if (axis > masks[0]!.shape.length) return isSame(masks) ? masks[0] : { ...masks[0]!, name: fold('And') };
  if (masks.length < inputs.length || masks[0]!.shape.length !== 1) {
    throw refuse(call, 'joins steps with a mask and steps without, which is not written; leave out the masking');
  }
  const names = masks.map(({ name }) => name);
  const shape = [masks.reduce((sum, mask) => sum + mask.shape[0]!, 0)];
  return { name: builder.node('Concat', `${layer.name}/mask`, names, { axis: int(1) }), shape };
}

function kerasMask(call: LayerCall): Mask | undefined {
  const { className } = call.layer;
  if (kerasMerges.has(className) || className === 'Concatenate') return mergedMask(call);
  const mask = call.inputs[0]?.mask;
  return kerasCarriers.has(className) && mask?.lostIn === undefined ? mask : undefined;
}

/**
 * What a layer gives, with the mask that goes on with it: masks travel beside values, so handlers but those of `ownMasks`
 * know nothing of them. Only recurrent layers, attention and Keras' mean over steps look at one.
 */
export function passMask(call: LayerCall, outputs: readonly Value[]): readonly Value[] {
  const { layer, inputs, builder, origin } = call;
  const { className, config, name } = layer;
  if (ownMasks.has(className)) return outputs;
  if (className === 'Embedding' && config.mask_zero === true) {
    const mask = nonZero(builder, plain(builder, inputs[0]!), name);
    return outputs.map((output) => ({ ...output, mask }));
  }
  const mask = inputs.find((input) => input.mask)?.mask;
  if (!mask && outputs.every((output) => !output.mask)) return outputs;
  const passed = origin === 'tfjs' ? (carriers.has(className) ? mask : undefined) : kerasMask(call);
  if (passed) return outputs.map((output) => ({ ...output, mask: passed }));
  return outputs.map((output) => loseMask(output, mask, layer));
}

import type { Layer } from '../../read/layers-model.js';
import type { Mask, Value } from '../../value.js';
import { isKeras, type LayerCall, refuse, requireConfig } from '../handler.js';

/** What runs over a sequence: a layer by itself, or one of the two directions of a Bidirectional. */
export interface RecurrenceCall extends LayerCall {
  /** The layer that recurs; its config and its weights. (Errors speak of `call.layer`, which may be a wrapper.) */
  readonly recurrent: Pick<Layer, 'className' | 'config' | 'weights'>;
  /** For the names of its nodes and constants. */
  readonly name: string;
  readonly sequence: Value;
  /** As the layer takes them; none are zeros. */
  readonly initial: readonly Value[];
  readonly backwards: boolean;
}

/** What a recurrent layer computes, before it is said which of it the layer gives. */
export interface Recurrence {
  /** The output of every step, each at its place in time. */
  readonly outputs: Value;
  /** The states in the end; the first is the last output. */
  readonly states: readonly Value[];
}

/** Refuses what holds of every recurrent layer. */
export function requireRecurrent(call: LayerCall, { config, className }: RecurrenceCall['recurrent']): void {
  const inner = { ...call, layer: { ...call.layer, config } };
  for (const key of ['stateful', 'time_major']) requireConfig(inner, key, [false]);
  // Of a whole sequence it is written; Keras sets it in every Bidirectional that returns one.
  if (config.return_sequences !== true) requireConfig(inner, 'zero_output_for_mask', [false]);
  if (config.num_constants) throw refuse(call, `has num_constants, and a ${className} takes none in ONNX`);
}

/** Keras' `zero_output_for_mask`: the outputs of masked steps are zeros, and not what the last step gave that counts. */
export function withoutMasked(call: RecurrenceCall, ran: Recurrence): Recurrence {
  const { builder, recurrent, name, sequence } = call;
  const mask = maskOf(call, sequence);
  if (recurrent.config.zero_output_for_mask !== true || !mask) return ran;
  const { outputs } = ran;
  const more = outputs.shape.slice(mask.shape.length).map((_, i) => mask.shape.length + 1 + i);
  const wide = builder.node('Unsqueeze', `${name}/counts`, [mask.name, builder.integers(`${name}/counts/axes`, more)]);
  const zero = builder.floats('recurrent/zero', [], Float32Array.of(0));
  return { ...ran, outputs: { ...outputs, name: builder.node('Where', `${name}/shown`, [wide, outputs.name, zero]) } };
}

/**
 * The mask that counts for a sequence. Where a layer before it gave none on, Keras goes on without, and TensorFlow.js with
 * the one that it saw last.
 * @throws OnwardError kind `input` where that one is of another length, which TensorFlow.js does not run either
 */
export function maskOf(call: LayerCall, sequence: Value): Mask | undefined {
  const { mask } = sequence;
  if (mask?.lostIn === undefined) return mask;
  if (isKeras(call)) return undefined;
  if (mask.shape.join() === sequence.shape.slice(0, mask.shape.length).join()) return mask;
  throw refuse(
    call,
    `comes after "${mask.lostIn}", which gives no mask on, and there TensorFlow.js goes on with the mask of ${mask.shape[0]} steps, for ${sequence.shape[0]}; leave out the masking`,
  );
}

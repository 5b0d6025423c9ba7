import { z } from 'zod';
import type { Inbound } from './layers-model.js';

/** `["conv", 0, 0, {}]`, as TensorFlow.js and Keras 2 write it. */
const inboundSchema = z
  .tuple([z.string(), z.int().min(0), z.int().min(0)])
  .rest(z.unknown())
  .transform(([layer, call, output]): Inbound => ({ layer, call, output }));

/** The inputs or outputs of a model: a list, one without the list around it, or by name. */
export const endsSchema = z.union([
  z.array(inboundSchema),
  inboundSchema.transform((end) => [end]),
  z.record(z.string(), inboundSchema).transform((ends) => Object.values(ends)),
]);

/** The calls of a layer in a topology. */
export interface Calls {
  readonly inputs: readonly (readonly Inbound[])[];
  /** Where masks come from that Keras 3 passes beside the inputs. */
  readonly masks: readonly Inbound[];
  /** Keras 3 counts the calls of a model in a model from 0; before it, call 0 is the one with the model's own inputs. */
  readonly fromZero: boolean;
  /** Whether a call takes something else than outputs of layers. */
  readonly constants: boolean;
}

export const noCalls: Calls = { inputs: [], masks: [], fromZero: false, constants: false };

const tensorSchema = z.object({
  class_name: z.literal('__keras_tensor__'),
  config: z.object({ keras_history: inboundSchema }),
});

/** Collects what Keras 3 calls a layer with: outputs of layers, in lists and by name, and constants. */
function collect(value: unknown, tensors: Inbound[]): boolean {
  if (Array.isArray(value)) return value.map((each) => collect(each, tensors)).some(Boolean);
  const { success, data } = tensorSchema.safeParse(value);
  if (success) tensors.push(data.config.keras_history);
  return !success && value !== null && value !== undefined && value !== false;
}

/** `{ args: [...], kwargs: {...} }`, as Keras 3 writes it. */
const callSchema = z
  .object({ args: z.array(z.unknown()), kwargs: z.record(z.string(), z.unknown()).default({}) })
  .transform(({ args, kwargs: { mask, training: _, ...others } }) => {
    const inputs: Inbound[] = [];
    const masks: Inbound[] = [];
    collect(mask, masks);
    const constants = [...args, ...Object.values(others)].map((value) => collect(value, inputs)).some(Boolean);
    return { inputs, masks, constants };
  });

export const callsSchema = z
  .union([
    z.array(z.array(inboundSchema)).transform((inputs): Calls => ({ ...noCalls, inputs })),
    z.array(callSchema).transform(
      (calls): Calls => ({
        inputs: calls.map((call) => call.inputs),
        masks: calls.flatMap((call) => call.masks),
        fromZero: true,
        constants: calls.some((call) => call.constants),
      }),
    ),
  ])
  .default(noCalls);

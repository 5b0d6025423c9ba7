import { z } from 'zod';
import type { Given, Inbound } from './layers-model.js';

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
  /** What each call was given, as it was written; none where nothing but outputs of layers is written. */
  readonly given: readonly Given[];
  /** Where masks come from that Keras 3 passes beside the inputs. */
  readonly masks: readonly Inbound[];
  /** Keras 3 counts the calls of a model in a model from 0; before it, call 0 is the one with the model's own inputs. */
  readonly fromZero: boolean;
  /** Whether a call takes something else than outputs of layers. */
  readonly constants: boolean;
}

export const noCalls: Calls = { inputs: [], given: [], masks: [], fromZero: false, constants: false };

const tensorSchema = z.object({
  class_name: z.literal('__keras_tensor__'),
  config: z.object({ keras_history: inboundSchema }),
});

/** What a call was given, with each output of a layer as its place among `tensors`, to which it is added. */
function placed(value: unknown, tensors: Inbound[], find: (value: unknown) => Inbound | undefined): unknown {
  const found = find(value);
  if (found) return { input: tensors.push(found) - 1 };
  if (Array.isArray(value)) return value.map((each) => placed(each, tensors, find));
  return value;
}

const isPlace = (value: unknown): boolean => typeof (value as { input?: unknown } | null)?.input === 'number';

/** Whether there is something else in it than outputs of layers and what means nothing. */
const hasConstants = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some(hasConstants)
    : !isPlace(value) && value !== null && value !== undefined && value !== false;

const kerasTensor = (value: unknown): Inbound | undefined => tensorSchema.safeParse(value).data?.config.keras_history;

/** `{ args: [...], kwargs: {...} }`, as Keras 3 writes it. */
const callSchema = z
  .object({ args: z.array(z.unknown()), kwargs: z.record(z.string(), z.unknown()).default({}) })
  .transform(({ args: all, kwargs: { mask, training: _, ...others } }) => {
    const inputs: Inbound[] = [];
    const masks: Inbound[] = [];
    placed(mask, masks, kerasTensor);
    const args = all.map((value) => placed(value, inputs, kerasTensor));
    const kwargs = Object.fromEntries(
      Object.entries(others).map(([name, value]) => [name, placed(value, inputs, kerasTensor)]),
    );
    return { inputs, masks, given: { args, kwargs }, constants: hasConstants([args, Object.values(kwargs)]) };
  });

const calls3Schema = z.array(callSchema).transform(
  (calls): Calls => ({
    inputs: calls.map((call) => call.inputs),
    given: calls.map((call) => call.given),
    masks: calls.flatMap((call) => call.masks),
    fromZero: true,
    constants: calls.some((call) => call.constants),
  }),
);

export const callsSchema = z
  .union([z.array(z.array(inboundSchema)).transform((inputs): Calls => ({ ...noCalls, inputs })), calls3Schema])
  .default(noCalls);

/** An output of a layer, in lists that Keras 2 wrote. */
const listedTensor = (value: unknown): Inbound | undefined =>
  Array.isArray(value) && value.length <= 4 ? inboundSchema.safeParse(value).data : undefined;

/**
 * A call as Keras 2 writes it: `["x", 0, 0, { "y": ["z", 0, 0], "axis": 1 }]`, a list of such, or a constant first:
 * `["_CONSTANT_VALUE", -1, 3, { "y": ["x", 0, 0] }]`.
 */
function listedCall(value: unknown): { inputs: Inbound[]; given: Given } {
  const isOne = Array.isArray(value) && typeof value[0] === 'string';
  const tensors: unknown[][] = isOne ? [value] : Array.isArray(value) ? value.filter(Array.isArray) : [];
  const inputs: Inbound[] = [];
  const first = tensors.map((each) =>
    each[0] === '_CONSTANT_VALUE' ? each[2] : placed(each.slice(0, 3), inputs, listedTensor),
  );
  const { mask: _, training: __, ...others } = (tensors[0]?.[3] ?? {}) as { [name: string]: unknown };
  const kwargs = Object.entries(others).map(([name, each]) => [name, placed(each, inputs, listedTensor)]);
  // A list of one stands for what is in it.
  return { inputs, given: { args: [first.length === 1 ? first[0] : first], kwargs: Object.fromEntries(kwargs) } };
}

/** The calls of what takes more than outputs of layers, by Keras 2 or 3. */
export const givenCallsSchema = z
  .union([
    calls3Schema,
    z.array(z.unknown()).transform((values): Calls => {
      const calls = values.map(listedCall);
      return {
        ...noCalls,
        inputs: calls.map(({ inputs }) => inputs),
        given: calls.map(({ given }) => given),
        constants: true,
      };
    }),
  ])
  .default(noCalls);

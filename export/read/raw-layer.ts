import { z } from 'zod';
import { issueOf } from '../../runtime/model/index.js';
import { withoutMirror } from './bidirectional.js';
import { type Calls, callsSchema, givenCallsSchema, noCalls } from './inbound.js';
import type { LayerConfig } from './layers-model.js';
import { tensorflowOperator } from './tensorflow-operators.js';

/** A layer as a topology has it, whichever Keras wrote it. */
export interface RawLayer {
  readonly className: string;
  readonly name: string;
  readonly config: LayerConfig;
  readonly calls: Calls;
}

/** Operators on tensors (`a + b`) that are what layers of the same name are. */
const mergeOperators: ReadonlySet<string> = new Set(['Add', 'Maximum', 'Minimum', 'Multiply', 'Subtract']);

/** Layers that Keras writes for `a + b` and the like, and for the masks that it computes. */
export const isOperator = ({ className }: RawLayer): boolean => className.startsWith('keras.ops.');

/** As Keras 2 writes operators of TensorFlow. */
const isTensorflow = (className: string) => className === 'TFOpLambda' || className === 'SlicingOpLambda';

/** Layers that take more than outputs of layers, and whose handlers see to it. */
const withArguments: ReadonlySet<string> = new Set(['AdditiveAttention', 'Attention', 'MultiHeadAttention']);

/** Whether constants in a call are known to the layer's handler. */
export const takesArguments = (className: string): boolean =>
  className.startsWith('keras.ops.') || withArguments.has(className);

interface Written {
  readonly class_name: string;
  readonly module?: string | null | undefined;
  readonly registered_name?: string | null | undefined;
  readonly inbound_nodes: Calls;
}

/** What handlers know a class by. One of one's own may have the name of one of Keras', and is not that. */
function classOf({ class_name: name, module, registered_name: registered, inbound_nodes: calls }: Written): string {
  if (registered?.includes('>')) return registered;
  if (!module || !/^keras\.(src\.)?ops\b/.test(module)) return name;
  const isMerge = mergeOperators.has(name) && !calls.constants && calls.inputs.every((inputs) => inputs.length > 1);
  return isMerge ? name : `keras.ops.${name}`;
}

/** Functions and data types as objects, as Keras 3 writes some, by their names, as everybody else does. */
function plainValue(value: unknown): unknown {
  const { class_name: name, config } = (value ?? {}) as { class_name?: unknown; config?: unknown };
  if (name === 'function' && typeof config === 'string') return config;
  const policy = (config as { name?: unknown } | null | undefined)?.name;
  if (/DTypePolicy$/.test(String(name)) && typeof policy === 'string') return policy;
  return value;
}

const plainConfig = (config: LayerConfig): LayerConfig =>
  Object.fromEntries(Object.entries(config).map(([key, value]) => [key, plainValue(value)]));

export const layerSchema = z
  .object({
    class_name: z.string(),
    module: z.string().nullish(),
    registered_name: z.string().nullish(),
    name: z.string().optional(),
    config: z.record(z.string(), z.unknown()),
    inbound_nodes: z.unknown().optional(),
  })
  .transform((written, context): RawLayer => {
    const { class_name: given, config } = written;
    const schema =
      isTensorflow(given) || takesArguments(classOf({ ...written, inbound_nodes: noCalls }))
        ? givenCallsSchema
        : callsSchema;
    const parsed = schema.safeParse(written.inbound_nodes);
    if (!parsed.success) {
      context.addIssue({ code: 'custom', path: ['inbound_nodes'], message: issueOf(parsed.error) });
      return z.NEVER;
    }
    const name = written.name ?? String(config.name);
    if (isTensorflow(given)) return { name, ...tensorflowOperator(config, parsed.data) };
    const className = classOf({ ...written, inbound_nodes: parsed.data });
    const plain = plainConfig(className === 'Bidirectional' ? withoutMirror(config) : config);
    return { className, name, config: plain, calls: parsed.data };
  });

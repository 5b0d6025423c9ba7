import { z } from 'zod';
import { withoutMirror } from './bidirectional.js';
import { type Calls, callsSchema } from './inbound.js';
import type { LayerConfig } from './layers-model.js';

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
    inbound_nodes: callsSchema,
  })
  .transform((written): RawLayer => {
    const { name, config, inbound_nodes: calls } = written;
    const className = classOf(written);
    const plain = plainConfig(className === 'Bidirectional' ? withoutMirror(config) : config);
    return { className, name: name ?? String(config.name), config: plain, calls };
  });

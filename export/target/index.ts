import { OnwardError } from '../../runtime/common/index.js';
import type { Graph } from '../../runtime/model/index.js';
import { optimize } from '../passes/index.js';
import { toFloat16 } from './float16.js';
import { opsets, toOpset } from './opset.js';

/** What a file is written for. */
export interface TargetOptions {
  /** 13 to 22, https://onnx.ai/onnx/ lists them. Default: 17 (ONNX 1.12), which every runtime of the last years reads. */
  readonly opset?: number | undefined;
  /** How many samples at once: any number (the default), or one that is written into the file, as some devices ask for. */
  readonly batch?: number | 'dynamic' | undefined;
  /** Of weights and sums; inputs and outputs stay as they are. Default: float32. */
  readonly dtype?: 'float32' | 'float16' | undefined;
  /** `none` writes each layer as its handler does. Default: the passes. */
  readonly optimize?: 'none' | 'default' | undefined;
}

/** Inputs and outputs for so many samples instead of any number. */
function withBatch(graph: Graph, batch: number): Graph {
  if (!Number.isInteger(batch) || batch < 1) {
    throw new OnwardError('usage', `expected a batch of 1 or more samples, or dynamic, got ${batch}`);
  }
  const fixed = (values: Graph['inputs']) =>
    values.map((value) => ({ ...value, dims: value.dims.map((size) => (size === 'N' ? batch : size)) }));
  return { ...graph, inputs: fixed(graph.inputs), outputs: fixed(graph.outputs) };
}

const choices = { dtype: ['float32', 'float16'], optimize: ['none', 'default'] } as const;

/** @throws OnwardError kind `usage` for options that TypeScript would not have let through */
export function requireTarget(options: Pick<TargetOptions, 'dtype' | 'optimize'>): void {
  for (const [option, allowed] of Object.entries(choices)) {
    const value = options[option as keyof typeof choices];
    if (value === undefined || (allowed as readonly string[]).includes(value)) continue;
    throw new OnwardError('usage', `${option}: expected ${allowed.join(' or ')}, got ${JSON.stringify(value)}`);
  }
}

/**
 * A graph as handlers wrote it, made ready for who runs it: smaller, in the wanted opset, type and batch.
 * @throws OnwardError kind `usage` for options out of range, `input` for a graph that cannot be had so
 */
export function forTarget(
  given: Graph,
  { opset = opsets.default, batch = 'dynamic', dtype = 'float32', optimize: level = 'default' }: TargetOptions = {},
): Graph {
  requireTarget({ dtype, optimize: level });
  let graph = level === 'none' ? given : optimize(given);
  if (dtype === 'float16') graph = toFloat16(graph);
  graph = toOpset(graph, opset);
  return batch === 'dynamic' ? graph : withBatch(graph, batch);
}

export { opsets } from './opset.js';

import type { ModelProto } from 'onnx-buf';
import { keys, tensorsSchema } from './metadata.js';
import { quoted } from './protobuf.js';
import { tensorDigest } from './seal.js';

/** Names of weights for a message: the first few of them. */
function few(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(quoted);
  return names.length > 3 ? `${shown.join(', ')} and ${names.length - 3} more` : shown.join(', ');
}

/** Which part of an altered file is not as it was written, in words. */
export function whatWasAltered({ graph }: ModelProto, entries: ReadonlyMap<string, string>): string {
  if (entries.size === 0) return 'its metadata are gone';
  let expected: Map<string, string>;
  try {
    expected = new Map(Object.entries(tensorsSchema.parse(JSON.parse(entries.get(keys.tensors) ?? ''))));
  } catch {
    return `its metadata ${keys.tensors}`;
  }
  const tensors = graph?.initializer ?? [];
  const changed = tensors.filter((t) => expected.get(t.name) !== tensorDigest(t.rawData)).map((t) => t.name);
  if (changed.length > 0) return `the weights ${few(changed)}`;
  const there = new Set(tensors.map((t) => t.name));
  const gone = [...expected.keys()].filter((name) => !there.has(name));
  if (gone.length > 0) return `the weights ${few(gone)} are gone`;
  return 'its graph or its metadata (the weights are as they were)';
}

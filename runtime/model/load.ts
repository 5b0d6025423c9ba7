import type { ModelProto } from 'onnx-buf';
import { messageOf, OnwardError } from '../common/index.js';
import type { LoadedModel } from './contract.js';
import { foreignModel } from './foreign.js';
import { decodeGolden } from './golden.js';
import { keys, parseMetadata } from './metadata.js';
import { decodeModel } from './protobuf.js';
import { digestOf, tensorDigest } from './seal.js';

export interface LoadOptions {
  /** For messages: the file's path or address. */
  name: string;
  /** Load a file that was altered after it was exported all the same. */
  allowAltered?: boolean;
}

/** Which part of an altered file is not as it was written, in words. */
function whatWasAltered(model: ModelProto, entries: ReadonlyMap<string, string>): string {
  let expected: Record<string, string>;
  try {
    expected = JSON.parse(entries.get(keys.tensors) ?? '{}');
  } catch {
    return `the metadata ${keys.tensors}`;
  }
  const changed = (model.graph?.initializer ?? []).filter((t) => expected[t.name] !== tensorDigest(t.rawData));
  if (changed.length > 0) return `the weights ${changed.map((t) => `"${t.name}"`).join(', ')}`;
  return 'its graph or its metadata (the weights are as they were)';
}

/**
 * Reads a model.onnx and checks its digest. Runs in a browser.
 * @throws OnwardError kind `input`: damaged, altered since export, of a later format, or not an image classifier
 */
export function loadModel(bytes: Uint8Array<ArrayBuffer>, { name, allowAltered = false }: LoadOptions): LoadedModel {
  const refuse = (why: string, cause?: unknown) => new OnwardError('input', `${name}: ${why}`, { cause });
  let model: ModelProto;
  try {
    if (bytes.length === 0) throw new Error('it is empty');
    model = decodeModel(bytes);
    if (!model.graph) throw new Error('it holds no graph');
  } catch (cause) {
    throw refuse(
      `expected an ONNX model, but it cannot be read as one (${messageOf(cause)}); it may be truncated or damaged, copy or export it again`,
      cause,
    );
  }
  const entries = new Map(model.metadataProps.map(({ key, value }) => [key, value]));
  if (![...entries.keys()].some((key) => key.startsWith('onward.'))) return foreignModel(model, bytes, name);

  const carried = entries.get(keys.digest) ?? '';
  const digest = digestOf(bytes, carried);
  if (digest !== carried && !allowAltered) {
    throw refuse(
      `it was altered after it was exported: ${whatWasAltered(model, entries)}; copy or export it again, or allow it with --allow-altered`,
    );
  }
  try {
    const metadata = parseMetadata(entries);
    return {
      name,
      bytes,
      input: metadata.input,
      tensor: { name: model.graph.input[0]?.name ?? '', type: 'uint8', layout: 'NHWC', scale: 1 },
      output: { name: 'probabilities', kind: 'probabilities' },
      labels: metadata.labels,
      provenance: metadata.provenance,
      golden: metadata.golden && decodeGolden(metadata.golden, metadata.input, metadata.labels.length),
      digest: carried,
      guesses: [],
    };
  } catch (cause) {
    throw refuse(messageOf(cause), cause);
  }
}

import { sha256Hex, utf8 } from '../common/index.js';
import type { Graph } from './graph.js';
import { keys, type Metadata, metadataEntries, stableJson } from './metadata.js';
import { requireFits, sizeOf } from './pieces.js';
import { encodeModel } from './protobuf.js';

/**
 * The digest covers every byte of the file: it is the sha256 of the file as it is with 64 zeros in the digest's own
 * place. Weights have a digest each besides, so that a reader can say which of them was altered.
 */
const blank = '0'.repeat(64);

/** Where `text` stands last in `bytes`, or -1: the digest is the last entry that the exporter writes. */
function lastIndexOf(bytes: Uint8Array, text: string): number {
  const wanted = utf8(text);
  for (let start = bytes.lastIndexOf(wanted[0]!); start >= 0; start = bytes.lastIndexOf(wanted[0]!, start - 1)) {
    if (wanted.every((byte, i) => bytes[start + i] === byte)) return start;
    if (start === 0) break;
  }
  return -1;
}

/** 16 hex digits of the sha256 of a tensor's bytes: enough to tell which one changed. */
export const tensorDigest = (bytes: Uint8Array) => sha256Hex(bytes).slice(0, 16);

/**
 * The bytes of a whole model.onnx, its digest in place.
 * @throws OnwardError kind `input` for a file of 2 GiB or more, before anything is hashed
 */
export function sealModel(graph: Graph, metadata: Metadata, producerVersion: string): Uint8Array<ArrayBuffer> {
  return sealed(metadata, [...graph.initializers.values()], (entries) => encodeModel(graph, entries, producerVersion));
}

/**
 * Metadata with the digests of all weights and of the file, in its bytes.
 * @param tensors the weights: raw bytes of each
 * @param encode the whole file with these `metadata_props`, which stand at its end
 */
export function sealed(
  metadata: Metadata,
  tensors: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  encode: (entries: readonly (readonly [string, string])[]) => Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  requireFits(sizeOf(tensors.map((t) => t.bytes)));
  const digests = Object.fromEntries(tensors.map((t) => [t.name, tensorDigest(t.bytes)]));
  const bytes = encode([
    ...metadataEntries(metadata),
    [keys.tensors, stableJson(digests)] as const,
    [keys.digest, blank] as const,
  ]);
  bytes.set(utf8(sha256Hex(bytes)), lastIndexOf(bytes, blank));
  return bytes;
}

/**
 * The digest that the file ought to carry, given the one it does carry; undefined when that one is no digest or is not
 * in the file.
 */
export function digestOf(bytes: Uint8Array, carried: string): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(carried)) return undefined;
  const at = lastIndexOf(bytes, carried);
  if (at < 0) return undefined;
  return sha256Hex(bytes.subarray(0, at), utf8(blank), bytes.subarray(at + blank.length));
}

import type { DescField } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { OnwardError } from '../common/index.js';

/**
 * A message in pieces, one after another: what is in a file of many megabytes is then copied once, into its place. The
 * library's own writer copies each message into the one around it, which holds the weights four times at its peak.
 */
export type Pieces = readonly Uint8Array[];

/** The most that a protobuf message may be, and with it an ONNX file in one piece. */
const most = 2 ** 31 - 1;

/** @throws OnwardError kind `input` for more bytes than a file may have */
export function requireFits(bytes: number): void {
  if (bytes <= most) return;
  throw new OnwardError(
    'input',
    `the model would be a file of ${(bytes / 1e9).toFixed(1)} GB, and an ONNX file in one piece holds less than 2 GiB (2.1 GB); make the model smaller`,
  );
}

export const sizeOf = (pieces: Pieces): number => pieces.reduce((sum, piece) => sum + piece.byteLength, 0);

/** A field that holds bytes or another message. https://protobuf.dev/programming-guides/encoding/#length-types */
export function field({ number }: DescField, content: Pieces): Pieces {
  const size = sizeOf(content);
  requireFits(size);
  return [new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(size).finish(), ...content];
}

/** @throws OnwardError kind `input` when a file cannot be that large, before it takes the memory */
export function join(pieces: Pieces): Uint8Array<ArrayBuffer> {
  const size = sizeOf(pieces);
  requireFits(size);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

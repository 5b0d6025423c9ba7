import { utf8 } from '../../common/index.js';

const starts = (bytes: Uint8Array, text: string, at = 0) => utf8(text).every((byte, i) => bytes[at + i] === byte);

/** Kinds of files that people have instead of ONNX: how they are told, and what helps. */
const kinds: readonly (readonly [(bytes: Uint8Array) => boolean, string])[] = [
  [
    (bytes) => starts(bytes, 'HDF5', 0) || starts(bytes, 'HDF', 1),
    'an HDF5 file; onward export makes ONNX of a Keras .h5',
  ],
  [
    (bytes) => starts(bytes, 'PK'),
    'a zip; onward export makes ONNX of a .keras, and torch.onnx.export of a PyTorch model',
  ],
  [(bytes) => starts(bytes, 'TFL3', 4), 'a TensorFlow Lite model'],
  [(bytes) => starts(bytes, 'ORTM', 4), "a model in ONNX Runtime's own format"],
  [
    (bytes) => starts(bytes, 'version https://git-lfs'),
    'a pointer of Git LFS; fetch the file itself with `git lfs pull`',
  ],
  [(bytes) => starts(bytes, 'PNG', 1) || (bytes[0] === 0xff && bytes[1] === 0xd8), 'an image'],
  [(bytes) => /^\s*\{/.test(textOf(bytes)), 'JSON; onward export makes ONNX of a model.json'],
  [(bytes) => /^\s*<(!doctype|html)/i.test(textOf(bytes)), 'a web page; the download went wrong'],
];

/** The first bytes as text; empty where they are none. */
function textOf(bytes: Uint8Array): string {
  const first = bytes.subarray(0, 64);
  const isText = first.every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13));
  return isText ? String.fromCharCode(...first) : '';
}

/** What bytes are that are no ONNX, where that can be told. */
export const whatElse = (bytes: Uint8Array): string | undefined => kinds.find(([is]) => is(bytes))?.[1];

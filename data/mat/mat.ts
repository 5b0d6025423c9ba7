import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInflate } from 'node:zlib';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { type ByteReader, byteReader, CutOff } from './byte-reader.js';

// "MAT-File Format", MathWorks, chapter 1: the Level 5 format.
const types: Readonly<Record<number, { readonly name: string; readonly bytes: number }>> = {
  1: { name: 'int8', bytes: 1 },
  2: { name: 'uint8', bytes: 1 },
  3: { name: 'int16', bytes: 2 },
  4: { name: 'uint16', bytes: 2 },
  5: { name: 'int32', bytes: 4 },
  6: { name: 'uint32', bytes: 4 },
  7: { name: 'float32', bytes: 4 },
  9: { name: 'float64', bytes: 8 },
};
const [matrixType, compressedType] = [14, 15];
const headerBytes = 128;
/** Array classes that hold numbers: double to uint32. */
const numeric = (kind: number) => kind >= 6 && kind <= 13;

/** A variable of a MATLAB file: what it is called, its shape (the first axis changes fastest), and where it lies. */
export interface MatVariable {
  readonly name: string;
  readonly dims: readonly number[];
  /** `uint8`: whole numbers of a byte. Other numbers may be stored as narrow types, too. */
  readonly kind: 'uint8' | 'number' | 'other';
  readonly complex: boolean;
  /** Of its element's content, in the file. */
  readonly at: number;
  readonly bytes: number;
  readonly compressed: boolean;
}

/** A MATLAB 5 file (`.mat` up to version 7), read in pieces: no variable needs to fit into memory. */
export interface MatFile {
  readonly variables: readonly MatVariable[];
  /** All numbers of a variable, first axis fastest. */
  numbers(variable: MatVariable): Promise<Float64Array>;
  /** Hands the bytes of a variable of kind `uint8`, in order, to `use`. */
  bytes<T>(variable: MatVariable, use: (reader: ByteReader) => Promise<T>): Promise<T>;
}

/** @throws OnwardError kind `input`: no MATLAB file, version 7.3, cut off, damaged */
export async function openMat(path: string): Promise<MatFile> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const header = Buffer.alloc(headerBytes);
    const { bytesRead } = await file.read(header, 0, headerBytes, 0);
    const little = endianOf(path, header.subarray(0, bytesRead));
    const variables: MatVariable[] = [];
    for (let at = headerBytes; at < size; ) {
      const tag = Buffer.alloc(8);
      const { bytesRead: got } = await file.read(tag, 0, 8, at);
      const [type, bytes] = got === 8 ? [uint32(tag, 0, little), uint32(tag, 4, little)] : [0, 0];
      if (got < 8 || at + 8 + bytes > size) throw cutOff(path);
      if (type !== matrixType && type !== compressedType) throw damaged(path, `an element of type ${type}`);
      const place = { at: at + 8, bytes, compressed: type === compressedType };
      const found = await readHead(path, place, little, async (_, head) => head);
      if (found) variables.push({ ...place, ...found });
      at += 8 + bytes;
    }
    return {
      variables,
      numbers: (variable) => readHead(path, variable, little, (reader) => readNumbers(path, reader, variable, little)),
      bytes: (variable, use) =>
        readHead(path, variable, little, async (reader) => use(await startBytes(path, reader, variable, little))),
    };
  } finally {
    await file.close();
  }
}

type Place = Pick<MatVariable, 'at' | 'bytes' | 'compressed'>;
type Head = Pick<MatVariable, 'name' | 'dims' | 'kind' | 'complex'>;

function endianOf(path: string, header: Buffer): boolean {
  if (
    header.subarray(0, 19).toString('latin1') === 'MATLAB 7.3 MAT-file' ||
    header.subarray(1, 4).toString() === 'HDF'
  ) {
    throw new OnwardError(
      'input',
      `${path} is a MATLAB 7.3 file (HDF5): expected a MATLAB 5 file; save it again with save(..., '-v7')`,
    );
  }
  const mark = header.subarray(126, 128).toString('latin1');
  if (header.length < headerBytes || (mark !== 'IM' && mark !== 'MI')) {
    throw new OnwardError(
      'input',
      `${path} is not a MATLAB 5 file: its header of ${headerBytes} bytes has no byte order`,
    );
  }
  return mark === 'IM';
}

const uint32 = (bytes: Buffer, at: number, little: boolean) =>
  little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);

const cutOff = (path: string) =>
  new OnwardError('input', `${path} is cut off: its last variable is not complete; download or save it again`);

const damaged = (path: string, what: string, cause?: unknown) =>
  new OnwardError('input', `${path} is damaged (${what}): download or save it again`, { cause });

/** The parts of an element's content before its numbers, then `go` with the reader that stands before them. */
async function readHead<T>(
  path: string,
  { at, bytes, compressed }: Place,
  little: boolean,
  go: (reader: ByteReader, head: Head | undefined) => Promise<T>,
): Promise<T> {
  // An empty element would make the end come before the start.
  const raw = createReadStream(path, { start: at, end: at + Math.max(bytes, 1) - 1, highWaterMark: 1 << 18 });
  const inflate = compressed ? createInflate({ chunkSize: 1 << 18 }) : undefined;
  if (inflate) {
    raw.on('error', (error) => inflate.destroy(error));
    raw.pipe(inflate);
  }
  try {
    const reader = guarded(path, byteReader(inflate ?? raw));
    if (compressed) {
      const type = uint32(await reader.read(8), 0, little);
      if (type !== matrixType) throw damaged(path, `a compressed element of type ${type}`);
    }
    return await go(reader, await parseHead(path, reader, little));
  } finally {
    raw.destroy();
    inflate?.destroy();
  }
}

async function parseHead(path: string, reader: ByteReader, little: boolean): Promise<Head | undefined> {
  const flags = await readElement(path, reader, little);
  if (flags.data.length < 8) return undefined;
  const word = uint32(flags.data, 0, little);
  const kind = word & 0xff;
  const dims = toNumbers(path, await readElement(path, reader, little), little);
  const name = (await readElement(path, reader, little)).data.toString('latin1');
  return {
    name,
    dims: [...dims],
    kind: kind === 9 ? 'uint8' : numeric(kind) ? 'number' : 'other',
    complex: (word & 0x800) !== 0,
  };
}

/** What the reader's input says when it breaks, as a sentence about the file. */
function guarded(path: string, reader: ByteReader): ByteReader {
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      const code = (cause as { code?: string }).code ?? '';
      if (cause instanceof CutOff || code === 'Z_BUF_ERROR') throw cutOff(path);
      if (code.startsWith('Z_')) throw damaged(path, messageOf(cause), cause);
      throw cause;
    }
  };
  return { read: (count) => guard(reader.read(count)), skip: (count) => guard(reader.skip(count)) };
}

async function readTag(reader: ByteReader, little: boolean): Promise<{ type: number; bytes: number; small?: Buffer }> {
  const tag = await reader.read(8);
  const word = uint32(tag, 0, little);
  // Up to four bytes stand in the tag itself.
  if (word >>> 16 !== 0) return { type: word & 0xffff, bytes: word >>> 16, small: tag.subarray(4, 4 + (word >>> 16)) };
  return { type: word, bytes: uint32(tag, 4, little) };
}

interface Element {
  readonly type: number;
  readonly data: Buffer;
}

async function readElement(path: string, reader: ByteReader, little: boolean): Promise<Element> {
  const { type, bytes, small } = await readTag(reader, little);
  if (small) return { type, data: Buffer.from(small) };
  if (bytes > 1 << 20) throw damaged(path, `${bytes} bytes where a name or a shape should be`);
  const data = Buffer.from(await reader.read(bytes));
  await reader.skip((8 - (bytes % 8)) % 8);
  return { type, data };
}

async function readNumbers(
  path: string,
  reader: ByteReader,
  { name, dims }: Head,
  little: boolean,
): Promise<Float64Array> {
  const { type, bytes, small } = await readTag(reader, little);
  const values = toNumbers(path, { type, data: small ?? (await reader.read(bytes)) }, little);
  const expected = dims.reduce((a, b) => a * b, 1);
  if (values.length !== expected) throw damaged(path, `${values.length} numbers in ${name}, expected ${expected}`);
  return values;
}

async function startBytes(
  path: string,
  reader: ByteReader,
  { name, dims }: Head,
  little: boolean,
): Promise<ByteReader> {
  const { type, bytes, small } = await readTag(reader, little);
  const expected = dims.reduce((a, b) => a * b, 1);
  if (type !== 2 || bytes !== expected) {
    throw damaged(path, `${bytes} bytes of type ${type} in ${name}, expected ${expected} of uint8`);
  }
  return small ? byteReader(once(small)) : reader;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function toNumbers(path: string, { type, data }: Element, little: boolean): Float64Array {
  const found = types[type];
  if (!found) throw damaged(path, `numbers of type ${type}`);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const read: Record<string, (at: number) => number> = {
    int8: (at) => view.getInt8(at),
    uint8: (at) => view.getUint8(at),
    int16: (at) => view.getInt16(at, little),
    uint16: (at) => view.getUint16(at, little),
    int32: (at) => view.getInt32(at, little),
    uint32: (at) => view.getUint32(at, little),
    float32: (at) => view.getFloat32(at, little),
    float64: (at) => view.getFloat64(at, little),
  };
  const get = read[found.name]!;
  return Float64Array.from({ length: Math.floor(data.length / found.bytes) }, (_, i) => get(i * found.bytes));
}

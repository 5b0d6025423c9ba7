import { OnwardError, toHalf } from '../../runtime/common/index.js';
import type { InputTensor } from '../models/index.js';
import { type DataType, dataTypeOf, elementsOf, shapeText, type TensorSpec } from '../tensors/index.js';
import { NumberList } from './quick-json.js';
import { quote } from './quote.js';

const bad = (message: string) => new OnwardError('input', message);

/**
 * The "data" of an input: a flat list in row-major order, or lists in lists as the shape says.
 * @throws OnwardError kind `input` for another number of elements, and for elements that the type does not have; for
 *   numbers only when they are written
 */
export function jsonData(data: unknown, { shape, datatype }: TensorSpec, where: string): InputTensor['data'] {
  if (data instanceof NumberList) return listData(data.values, shape, datatype, where);
  if (!Array.isArray(data)) {
    throw bad(
      `expected "data" of ${where} as a list, or its bytes after the JSON with "binary_data_size", got ${quote(data)}`,
    );
  }
  const flat = Array.isArray(data[0]) ? flattened(data, shape, where) : data;
  const elements = elementsOf(shape);
  if (flat.length !== elements) {
    throw bad(
      `expected ${elements} elements in "data" of ${where} for its shape ${shapeText(shape)}, got ${flat.length}`,
    );
  }
  if (datatype === 'BYTES') {
    const other = flat.findIndex((value) => typeof value !== 'string');
    if (other >= 0) throw bad(`expected strings in "data" of ${where}, got ${quote(flat[other])} at ${other}`);
    return flat as string[];
  }
  const type = dataTypeOf(datatype);
  return { write: (target) => writeNumbers(flat, type, target, where) };
}

/** Lists in lists, each as long as the shape says: their depth is that of the shape, however deep the client's go. */
function flattened(data: readonly unknown[], shape: readonly number[], where: string): unknown[] {
  const flat: unknown[] = [];
  const visit = (list: unknown, depth: number) => {
    if (!Array.isArray(list) || list.length !== shape[depth]) {
      const came = Array.isArray(list) ? `a list of ${list.length}` : quote(list);
      throw bad(
        `expected "data" of ${where} as lists in lists like its shape ${shapeText(shape)}, got ${came} where ${shape[depth]} belong`,
      );
    }
    if (depth === shape.length - 1) for (const value of list) flat.push(value);
    else for (const inner of list) visit(inner, depth + 1);
  };
  visit(data, 0);
  return flat;
}

/** Numbers that were read already. What is no plain case is done as with every list, and refused there. */
function listData(
  values: Float64Array,
  shape: readonly number[],
  datatype: TensorSpec['datatype'],
  where: string,
): InputTensor['data'] {
  if (datatype !== 'FP32' || values.length !== elementsOf(shape)) {
    return jsonData(Array.from(values), { name: '', shape, datatype }, where);
  }
  // Fifteen digits without an exponent are far below what FP32 ends at.
  return {
    write: (target) => new Float32Array(target.buffer, target.byteOffset, values.length).set(values),
  };
}

function writeNumbers(values: readonly unknown[], type: DataType, target: Uint8Array, where: string): void {
  const array = new type.array(target.buffer, target.byteOffset, target.byteLength / type.bytes);
  const wrong = (value: unknown, at: number, expected: string) =>
    bad(`expected ${expected} in "data" of ${where}, got ${quote(value)} at ${at}`);

  if (type.name === 'BOOL') {
    for (const [i, value] of values.entries()) {
      if (value !== true && value !== false && value !== 0 && value !== 1) throw wrong(value, i, 'true or false');
      array[i] = value ? 1 : 0;
    }
    return;
  }
  if (!type.range) {
    const half = type.name === 'FP16';
    const largest = half ? 65504 : type.name === 'FP32' ? 3.4028234663852886e38 : Number.MAX_VALUE;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (typeof value !== 'number' || !(Math.abs(value) <= largest))
        throw wrong(value, i, `numbers that ${type.name} has`);
      array[i] = half ? toHalf(value) : value;
    }
    return;
  }
  const [least, most] = type.range;
  if (type.bytes === 8) {
    for (const [i, value] of values.entries()) {
      // Beyond 2^53 JSON has already rounded them.
      if (!Number.isSafeInteger(value) || BigInt(value as number) < least) {
        throw wrong(value, i, `whole numbers of ${type.name} below 2^53 (send larger ones as binary data)`);
      }
      array[i] = BigInt(value as number);
    }
    return;
  }
  const [from, to] = [Number(least), Number(most)];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isInteger(value) || (value as number) < from || (value as number) > to) {
      throw wrong(value, i, `whole numbers from ${from} to ${to}`);
    }
    array[i] = value as number;
  }
}

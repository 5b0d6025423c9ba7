import { fromHalf } from '../../runtime/common/index.js';
import { dataTypeOf, type Numbers, type Tensor } from '../tensors/index.js';

/** The elements of a tensor with numbers; halves become the numbers that they stand for. */
export function numbersOf({ datatype, data }: Tensor): Numbers {
  const bytes = data as Uint8Array;
  const type = dataTypeOf(datatype);
  const aligned = bytes.byteOffset % type.bytes === 0 ? bytes : bytes.slice();
  const array = new type.array(aligned.buffer, aligned.byteOffset, aligned.byteLength / type.bytes);
  return datatype === 'FP16' ? Float32Array.from(array as Uint16Array, fromHalf) : array;
}

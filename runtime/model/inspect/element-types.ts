import type { TypeProto } from 'onnx-buf';

/** https://onnx.ai/onnx/intro/concepts.html#element-type: number, name, bits of one. */
const table: readonly (readonly [number, string, number])[] = [
  [1, 'float32', 32],
  [2, 'uint8', 8],
  [3, 'int8', 8],
  [4, 'uint16', 16],
  [5, 'int16', 16],
  [6, 'int32', 32],
  [7, 'int64', 64],
  [8, 'string', 0],
  [9, 'bool', 8],
  [10, 'float16', 16],
  [11, 'float64', 64],
  [12, 'uint32', 32],
  [13, 'uint64', 64],
  [14, 'complex64', 64],
  [15, 'complex128', 128],
  [16, 'bfloat16', 16],
  [17, 'float8e4m3fn', 8],
  [18, 'float8e4m3fnuz', 8],
  [19, 'float8e5m2', 8],
  [20, 'float8e5m2fnuz', 8],
  [21, 'uint4', 4],
  [22, 'int4', 4],
  [23, 'float4e2m1', 4],
  [24, 'float8e8m0', 8],
  [25, 'uint2', 2],
  [26, 'int2', 2],
];

const elementTypes = new Map(table.map(([code, name, bits]) => [code, { name, bits }]));

/** Floats of every width, and integers so narrow that they were quantised. */
export const isTrained = (code: number): boolean => {
  const type = elementTypes.get(code);
  return type !== undefined && (/float/.test(type.name) || (/int/.test(type.name) && type.bits <= 8));
};

/** Bytes of `count` elements; 0 where their size is not known. */
export const bytesOfType = (code: number, count: number) =>
  Math.ceil(((elementTypes.get(code)?.bits ?? 0) * count) / 8);

const elementName = (code: number) => elementTypes.get(code)?.name ?? `type ${code}`;

/** A value's type in words: `float32`, `string`, `sequence of float32`, `map of int64 to float32`. */
export function typeName(type: TypeProto | undefined): string {
  const value = type?.value;
  switch (value?.case) {
    case 'tensorType':
      return elementName(value.value.elemType);
    case 'sparseTensorType':
      return `sparse ${elementName(value.value.elemType)}`;
    case 'sequenceType':
      return `sequence of ${typeName(value.value.elemType)}`;
    case 'optionalType':
      return `optional ${typeName(value.value.elemType)}`;
    case 'mapType':
      return `map of ${elementName(value.value.keyType)} to ${typeName(value.value.valueType)}`;
    default:
      return 'unknown';
  }
}

import { type GraphProto, TensorProto_DataType as TensorType } from 'onnx-buf';

/** What a graph computes in: float16 where a weight of it is. */
export const precisionOf = ({ initializer }: GraphProto): 'float32' | 'float16' =>
  initializer.some(({ dataType }) => dataType === TensorType.FLOAT16) ? 'float16' : 'float32';

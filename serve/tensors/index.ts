/** Tensors as they travel between a request, a worker and an answer. */
export {
  type DataType,
  type DataTypeName,
  dataTypeOf,
  dataTypeOfOnnx,
  dataTypes,
  isDataType,
  type Numbers,
} from './data-types.js';
export { elementsOf, joined, rowsOf, shapeText, type Tensor, type TensorData, type TensorSpec } from './tensor.js';

import { likeliest } from '../answer.js';
import type { Tensor } from '../tensors/index.js';
import { numbersOf } from './numbers.js';

/**
 * The classification extension: of each row the largest values as `value:index:label`, the largest first; the label only
 * where the model has one for each. BYTES `[rows, classes]`, or `[classes]` of a tensor without rows.
 * https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_classification.md
 */
export function classified(tensor: Tensor, classes: number, labels: readonly string[] | undefined): Tensor {
  const values = numbersOf(tensor);
  const rows = tensor.shape.length > 1 ? tensor.shape[0]! : 1;
  const width = values.length / rows;
  const kept = Math.min(classes, width);
  const named = labels?.length === width ? labels : undefined;
  const data: string[] = [];
  for (let row = 0; row < rows; row++) {
    const own = Array.from(values.subarray(row * width, (row + 1) * width) as ArrayLike<number | bigint>, Number);
    for (const index of likeliest(own, kept)) {
      // Six decimals, as the reference server prints.
      data.push(`${own[index]!.toFixed(6)}:${index}${named ? `:${named[index]}` : ''}`);
    }
  }
  return { name: tensor.name, datatype: 'BYTES', shape: tensor.shape.length > 1 ? [rows, kept] : [kept], data };
}

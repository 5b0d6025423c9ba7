import { OnwardError } from '../runtime/common/index.js';

/** What TensorFlow, WebAssembly and JavaScript say when there is no more memory. */
const signs =
  /OOM when allocating|resource.?exhausted|out of memory|array buffer allocation failed|cannot enlarge memory|memory access out of bounds|failed to allocate|bad_alloc/i;

/** The error of a step as a sentence that says what to lower, where memory ran out; else as it is. */
export function explainMemory(
  error: unknown,
  { batchSize, shape }: { batchSize: number; shape: readonly number[] },
): unknown {
  const said = (error as Error)?.message ?? '';
  if (error instanceof OnwardError || !signs.test(said)) return error;
  const [height = 0, width = 0] = shape;
  const smaller = [
    ...(batchSize > 1 ? [`the batch size (--batch-size ${Math.floor(batchSize / 2)})`] : []),
    `the images' size (--size ${Math.max(8, Math.floor(Math.max(height, width) / 2))})`,
  ];
  return new OnwardError(
    'system',
    `memory ran out in a step of ${batchSize} images of ${shape.join('x')}; lower ${smaller.join(' or ')}`,
  );
}

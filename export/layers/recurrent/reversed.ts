import { int } from '../../../runtime/model/index.js';
import type { GraphBuilder } from '../../builder.js';
import type { Value } from '../../value.js';

/** A sequence from its last step to its first. */
export function reversed(builder: GraphBuilder, sequence: Value, name: string): Value {
  const steps = sequence.shape[0]!;
  if (builder.anySize) {
    // From the last step to beyond the first, which the least number is in any sequence.
    const [from, to, axis, step] = [-1, Number.MIN_SAFE_INTEGER, 1, -1].map((value, i) =>
      builder.integers(`recurrent/backwards/${i}`, [value]),
    ) as [string, string, string, string];
    return { ...sequence, name: builder.node('Slice', `${name}/reversed`, [sequence.name, from, to, axis, step]) };
  }
  if (steps === 1) return sequence;
  const order = builder.integers(
    `${name}/backwards`,
    Array.from({ length: steps }, (_, i) => steps - 1 - i),
  );
  return { ...sequence, name: builder.node('Gather', `${name}/reversed`, [sequence.name, order], { axis: int(1) }) };
}

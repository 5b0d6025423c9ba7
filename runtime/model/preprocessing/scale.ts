import { z } from 'zod';
import type { StepKind } from './kind.js';

const schema = z.object({ kind: z.literal('scale'), scale: z.number(), offset: z.number() });

/** x * scale + offset. */
export const scale: StepKind<typeof schema> = {
  schema,
  shape: (shape) => shape,
  apply(values, _, step) {
    const factor = Math.fround(step.scale);
    const offset = Math.fround(step.offset);
    for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]! * factor) + offset;
    return values;
  },
};

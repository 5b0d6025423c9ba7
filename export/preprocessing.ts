import { int, type PreprocessingStep } from '../runtime/model/index.js';
import type { GraphBuilder } from './builder.js';

/** ONNX's number for float32 in `Cast`. */
const float32 = 1;

/**
 * The steps of a preprocessing description as nodes, from the uint8 image on: the same float32 operations in the same
 * order as `preprocess` of runtime/model.
 * @returns the name of the float32 value, still `[N, height, width, channels]`
 */
export function preprocessingNodes(builder: GraphBuilder, image: string, steps: readonly PreprocessingStep[]): string {
  let name = builder.node('Cast', 'preprocessing/float', [image], { to: int(float32) });
  for (const step of steps) {
    switch (step.kind) {
      case 'scale': {
        const constant = (what: string, value: number) =>
          builder.floats(`preprocessing/${what}`, [], Float32Array.of(value));
        name = builder.node('Mul', 'preprocessing/scaled', [name, constant('scale', step.scale)]);
        if (step.offset !== 0)
          name = builder.node('Add', 'preprocessing/shifted', [name, constant('offset', step.offset)]);
      }
    }
  }
  return name;
}

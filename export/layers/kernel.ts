import type { Weight } from '../read/layers-model.js';

/**
 * A kernel as ONNX wants it: from `[...space, in, out]` to `[out, in, ...space]`.
 * @param depthwise Keras' depthwise kernel is `[...space, in, multiplier]`, ONNX's `[in * multiplier, 1, ...space]`
 */
export function kernelToOnnx({ dims, values }: Weight, depthwise = false): Weight {
  const space = dims.slice(0, -2);
  const [inputs, outputs] = dims.slice(-2) as [number, number];
  const result = new Float32Array(values.length);
  const area = space.reduce((a, b) => a * b, 1);
  let from = 0;
  for (let pixel = 0; pixel < area; pixel++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++, from++) {
        const filter = depthwise ? i * outputs + o : o * inputs + i;
        result[filter * area + pixel] = values[from]!;
      }
    }
  }
  return { dims: depthwise ? [inputs * outputs, 1, ...space] : [outputs, inputs, ...space], values: result };
}

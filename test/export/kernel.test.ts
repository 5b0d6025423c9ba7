import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelToOnnx } from '#onward/export/layers/kernel.js';
import { flatOrder } from '#onward/export/layout.js';

const size = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);
const numbers = (length: number) => Float32Array.from({ length }, (_, i) => i + 1);
/** More than one tile, and sizes that no tile divides. */
const channels = fc.integer({ min: 1, max: 40 });
const space = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });

describe('kernelToOnnx', () => {
  it('puts every number of [...space, in, out] at [out, in, ...space]', () => {
    fc.assert(
      fc.property(space, channels, channels, (around, inputs, outputs) => {
        const area = size(around);
        const values = numbers(area * inputs * outputs);
        const kernel = kernelToOnnx({ dims: [...around, inputs, outputs], values });
        expect(kernel.dims).toEqual([outputs, inputs, ...around]);
        const expected = kernel.values.map((_, to) => {
          const [filter, channel, pixel] = [
            Math.floor(to / area / inputs),
            Math.floor(to / area) % inputs,
            to % area,
          ] as const;
          return values[(pixel * inputs + channel) * outputs + filter]!;
        });
        expect(kernel.values).toEqual(expected);
      }),
    );
  });

  it('puts every number of a depthwise [...space, in, multiplier] at [in * multiplier, 1, ...space]', () => {
    fc.assert(
      fc.property(space, channels, fc.integer({ min: 1, max: 3 }), (around, inputs, multiplier) => {
        const area = size(around);
        const filters = inputs * multiplier;
        const values = numbers(area * filters);
        const kernel = kernelToOnnx({ dims: [...around, inputs, multiplier], values }, true);
        expect(kernel.dims).toEqual([filters, 1, ...around]);
        const expected = kernel.values.map((_, to) => values[(to % area) * filters + Math.floor(to / area)]!);
        expect(kernel.values).toEqual(expected);
      }),
    );
  });
});

describe('flatOrder', () => {
  it('moves the numbers of h, w, c to c, h, w', () => {
    const side = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(side, side, channels, fc.integer({ min: 1, max: 3 }), (height, width, depth, each) => {
        const values = numbers(height * width * depth * each);
        const moved = flatOrder(values, each, [height, width, depth]);
        const expected = moved.map((_, to) => {
          const [row, k] = [Math.floor(to / each), to % each];
          const [c, pixel] = [Math.floor(row / (height * width)), row % (height * width)];
          return values[(pixel * depth + c) * each + k]!;
        });
        expect(moved).toEqual(expected);
      }),
    );
  });
});

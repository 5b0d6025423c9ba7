/** A square picture in the making: red, green and blue, each `side * side` numbers from about 0 to 255. */
export interface Canvas {
  readonly side: number;
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
}

export type Colour = readonly [number, number, number];

export function createCanvas(side: number): Canvas {
  const plane = () => new Float32Array(side * side);
  return { side, planes: [plane(), plane(), plane()] };
}

/** Rec. 601, as `runtime/image` weighs the channels of a gray image. */
export const luma = ([red, green, blue]: Colour) => 0.299 * red + 0.587 * green + 0.114 * blue;

/** 0 below 0, 1 above 1, straight between. */
export const ramp = (value: number) => (value < 0 ? 0 : value > 1 ? 1 : value);

import { interpolateInferno, interpolateViridis } from 'd3-scale-chromatic';

/** 256 colours of three bytes. */
export type Colours = Uint8Array;

function tableOf(interpolate: (t: number) => string): Colours {
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const text = interpolate(i / 255);
    const parts = text.startsWith('#')
      ? [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16))
      : text.match(/\d+/g)!.map(Number);
    table.set(parts.slice(0, 3), i * 3);
  }
  return table;
}

/**
 * Perceptually uniform colour maps, also without red or green, and in print: viridis and inferno of Smith and van der Walt
 * (matplotlib, 2015), as d3-scale-chromatic has them.
 */
export const viridis = tableOf(interpolateViridis);
export const inferno = tableOf(interpolateInferno);

/** The colour of a share from 0 to 1. */
export const colourAt = (colours: Colours, share: number): Uint8Array => {
  const at = Math.max(0, Math.min(255, Math.round((Number.isFinite(share) ? share : 0) * 255)));
  return colours.subarray(at * 3, at * 3 + 3);
};

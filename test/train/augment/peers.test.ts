import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBase64, random, toBase64 } from 'onward/common';
import {
  type Augmentation,
  affine,
  blur,
  brightness,
  channelShift,
  contrast,
  crop,
  type FillMode,
  flip,
  gamma,
  hue,
  jpeg,
  saturation,
} from 'onward/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { beta } from '#onward/train/augment/mix/beta.js';
import { inPython, skipsPython } from '../../export/python.js';
import { drawing, picture } from './images.js';

type Shape = readonly [number, number, number];

/** One augmentation with its draws, beside what another library makes of the same image. */
interface Case {
  readonly title: string;
  readonly shape: Shape;
  readonly augmentation: Augmentation;
  /** Fractions of the ranges. */
  readonly draws: readonly number[];
  readonly maker: string;
  readonly with: readonly unknown[];
  /** The largest difference, in grey levels: 0.5 where only rounding differs, 1 where the other library cuts fractions off. */
  readonly most: number;
  /** The mean difference. Default: as large as the largest. */
  readonly mean?: number;
}

const range = (low: number, high: number, fraction: number) => low + fraction * (high - low);

function affineCase(shape: Shape, fillMode: FillMode, draws: readonly number[]): Case {
  const limits = { rotation: 40, heightShift: 0.3, widthShift: 0.2, shear: 25, zoom: 0.4 };
  const [rotation, dy, dx, shear, zoomY, zoomX] = draws as [number, number, number, number, number, number];
  return {
    title: `affine of ${shape}, ${fillMode}, ${draws}`,
    ...{ shape, draws, most: 0.501 },
    augmentation: affine({ ...limits, fillMode, fillValue: 77 }),
    // Keras turns images that are not square about another point.
    maker: shape[0] === shape[1] ? 'affine' : 'affine_any_shape',
    with: [
      range(-limits.rotation, limits.rotation, rotation),
      range(-limits.heightShift, limits.heightShift, dy) * shape[0],
      range(-limits.widthShift, limits.widthShift, dx) * shape[1],
      range(-limits.shear, limits.shear, shear),
      range(1 - limits.zoom, 1 + limits.zoom, zoomY),
      range(1 - limits.zoom, 1 + limits.zoom, zoomX),
      [fillMode, 77],
    ],
  };
}

const gray: Shape = [28, 28, 1];
const colour: Shape = [32, 32, 3];
const oblong: Shape = [21, 34, 3];
const half = 0.5;

const cases: readonly Case[] = [
  // Each part alone, then all together; half is nothing.
  ...[0, 1, 2, 3, 4, 5].map((part) =>
    affineCase(
      part % 2 ? colour : gray,
      'nearest',
      [half, half, half, half, half, half].map((nothing, i) => (i === part ? 0.83 : nothing)),
    ),
  ),
  ...(['nearest', 'reflect', 'constant'] as const).flatMap((fillMode) =>
    [gray, colour, oblong].map((shape) => affineCase(shape, fillMode, [0.9, 0.15, 0.7, 0.2, 0.95, 0.6])),
  ),
  {
    title: 'flip',
    ...{ shape: oblong, augmentation: flip({ horizontal: 1, vertical: 1 }), draws: [0, 0] },
    ...{ maker: 'flip', with: [], most: 0 },
  },
  ...[0.1, 0.8].map((draw) => ({
    title: `channel shift ${draw}`,
    ...{ shape: colour, augmentation: channelShift({ range: 60 }), draws: [draw] },
    ...{ maker: 'channel_shift', with: [range(-60, 60, draw)], most: 0.501 },
  })),
  ...[0.1, 0.8].flatMap((draw) =>
    [gray, colour].flatMap((shape) => [
      {
        title: `brightness ${draw} of ${shape}`,
        ...{ shape, augmentation: brightness({ range: 0.6 }), draws: [draw] },
        ...{ maker: 'brightness', with: [range(0.4, 1.6, draw)], most: 1 },
      },
      {
        title: `contrast ${draw} of ${shape}`,
        ...{ shape, augmentation: contrast({ range: 0.6 }), draws: [draw] },
        ...{ maker: 'contrast', with: [range(0.4, 1.6, draw)], most: 1 },
      },
    ]),
  ),
  ...[0.1, 0.8].flatMap((draw) => [
    {
      title: `saturation ${draw}`,
      ...{ shape: colour, augmentation: saturation({ range: 0.6 }), draws: [draw] },
      ...{ maker: 'saturation', with: [range(0.4, 1.6, draw)], most: 1 },
    },
    {
      title: `gamma ${draw}`,
      ...{ shape: colour, augmentation: gamma({ range: 0.8 }), draws: [draw] },
      ...{ maker: 'gamma', with: [1.8 ** range(-1, 1, draw)], most: 0.501 },
    },
    {
      title: `hue ${draw}`,
      ...{ shape: colour, augmentation: hue({ range: 0.5 }), draws: [draw] },
      ...{ maker: 'hue', with: [range(-0.5, 0.5, draw)], most: 0.501 },
    },
  ]),
  ...[gray, oblong].map((shape) => {
    // An area of 0.5, as wide as high: sides of the root of a half.
    const [height, width] = [shape[0] * Math.SQRT1_2, shape[1] * Math.SQRT1_2];
    return {
      title: `crop of ${shape}`,
      ...{ shape, augmentation: crop({ area: [0.4, 0.6] }), draws: [half, half, 0.3, 0.8] },
      ...{ maker: 'crop', with: [0.3 * (shape[0] - height), 0.8 * (shape[1] - width), height, width], most: 1 },
    };
  }),
  ...[0.2, 0.9].flatMap((draw) =>
    [gray, oblong].map((shape) => ({
      title: `blur ${draw} of ${shape}`,
      ...{ shape, augmentation: blur({ sigma: 3 }), draws: [0, draw] },
      ...{ maker: 'blur', with: [3 * draw], most: 0.501 },
    })),
  ),
  // libjpeg computes in whole numbers: where a coefficient lies between two steps, it may round to the other.
  ...[10, 50, 90].flatMap((quality) =>
    [gray, oblong].map((shape) => ({
      title: `jpeg ${quality} of ${shape}`,
      ...{ shape, augmentation: jpeg({ quality: [quality, quality] }), draws: [0, 0] },
      ...{ maker: 'jpeg', with: [quality], most: 32, mean: 0.7 },
    })),
  ),
];
const alphas = [0.2, 1, 3] as const;

describe.skipIf(skipsPython)('beside Keras, SciPy, Pillow and TensorFlow', () => {
  let expected: readonly Float32Array[];

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onward-augment-'));
    try {
      const draws = (alpha: number) => {
        const stream = random('beta', alpha);
        return Array.from({ length: 2000 }, () => beta(alpha, stream));
      };
      const given = [
        ...cases.map(({ shape, maker, with: values }) => ({
          ...{ shape, maker, with: values, image: toBase64(picture(shape)) },
        })),
        ...alphas.map((alpha) => ({ shape: [0], maker: 'beta', with: [alpha, draws(alpha)], image: '' })),
      ];
      await writeFile(join(folder, 'cases.json'), JSON.stringify(given));
      const printed = await inPython(join(import.meta.dirname, 'peers.py'), join(folder, 'cases.json'));
      expected = (JSON.parse(printed) as string[]).map((text) => new Float32Array(fromBase64(text).slice().buffer));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each(cases.map((one, i) => [one.title, i] as const))('%s', (_, i) => {
    const { shape, augmentation, draws, most, mean = most } = cases[i]!;
    const image = picture(shape);
    const result = augmentation.apply(image, shape, drawing(...draws));
    expect(result).toHaveLength(expected[i]!.length);
    expect(result).not.toEqual(image);
    const differences = Array.from(result, (value, at) => Math.abs(value - expected[i]![at]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(most);
    expect(differences.reduce((a, b) => a + b) / differences.length).toBeLessThanOrEqual(mean);
  });

  it.each(alphas.map((alpha, i) => [alpha, i] as const))(
    'draws from Beta(%s), by a Kolmogorov-Smirnov test',
    (_, i) => {
      expect(expected[cases.length + i]![0]).toBeGreaterThan(0.01);
    },
  );
});

import type { EpochRow } from '../run-folder.js';

const names = ['loss', 'accuracy', 'val_loss', 'val_accuracy'] as const;
export type CurveName = (typeof names)[number];

interface At {
  readonly value: number;
  readonly epoch: number;
}

/** What a training's curves come to. */
export interface Extremes {
  readonly curves: { readonly [name in CurveName]: { readonly min: At; readonly max: At; readonly last: At } };
  /** Between training and validation, in the best epoch (that of the smallest val_loss): above 0 where training does better. */
  readonly gap: { readonly epoch: number; readonly loss: number; readonly accuracy: number };
}

/** @param history at least one epoch */
export function extremes(history: readonly EpochRow[]): Extremes {
  const best = (name: CurveName, better: (a: number, b: number) => boolean): At => {
    const row = history.reduce((most, row) => (better(row[name], most[name]) ? row : most));
    return { value: row[name], epoch: row.epoch };
  };
  const last = history.at(-1)!;
  const curves = Object.fromEntries(
    names.map((name) => [
      name,
      {
        min: best(name, (a, b) => a < b),
        max: best(name, (a, b) => a > b),
        last: { value: last[name], epoch: last.epoch },
      },
    ]),
  ) as unknown as Extremes['curves'];
  const row = history.find(({ epoch }) => epoch === curves.val_loss.min.epoch)!;
  return {
    curves,
    gap: { epoch: row.epoch, loss: row.val_loss - row.loss, accuracy: row.accuracy - row.val_accuracy },
  };
}

/** As a table of plain text. */
export function formatExtremes({ curves, gap }: Extremes): string {
  const shown = (name: CurveName, value: number) =>
    name.endsWith('accuracy') ? `${(value * 100).toFixed(2)} %` : value.toFixed(4);
  const cell = (name: CurveName, { value, epoch }: At) => `${shown(name, value)} (${epoch})`;
  const rows = [
    ['', 'min (epoch)', 'max (epoch)', 'last'],
    ...names.map((name) => {
      const { min, max, last } = curves[name];
      return [name, cell(name, min), cell(name, max), shown(name, last.value)];
    }),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  const signed = (value: number, digits: number) => `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
  return [
    ...lines,
    `training against validation in epoch ${gap.epoch}: accuracy ${signed(gap.accuracy * 100, 2)} points, loss ${signed(-gap.loss, 4)}`,
  ].join('\n');
}

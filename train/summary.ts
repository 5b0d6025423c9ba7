import type { LayersModel } from '@tensorflow/tfjs';

/** One row of the layer table. */
export interface LayerRow {
  readonly name: string;
  readonly className: string;
  /** Without the batch. */
  readonly outputShape: readonly (number | null)[];
  readonly parameters: number;
  readonly trainable: number;
}

export interface Summary {
  readonly layers: readonly LayerRow[];
  readonly total: number;
  readonly trainable: number;
}

const count = (shapes: readonly (readonly (number | null)[])[]) =>
  shapes.reduce((sum, shape) => sum + shape.reduce<number>((a, b) => a * (b ?? 1), 1), 0);

export function summarize(model: LayersModel): Summary {
  const layers = model.layers.map((layer): LayerRow => {
    const shape = layer.outputShape as (number | null)[];
    return {
      name: layer.name,
      className: layer.getClassName(),
      outputShape: shape.slice(1),
      parameters: count(layer.weights.map((weight) => weight.shape)),
      trainable: count(layer.trainableWeights.map((weight) => weight.shape)),
    };
  });
  const sum = (key: 'parameters' | 'trainable') => layers.reduce((total, layer) => total + layer[key], 0);
  return { layers, total: sum('parameters'), trainable: sum('trainable') };
}

/** The layer table as Keras prints it. */
export function formatSummary({ layers, total, trainable }: Summary): string {
  const number = (value: number) => value.toLocaleString('en-US');
  const rows = layers.map(({ name, className, outputShape, parameters, trainable: free }) => [
    `${name} (${className})`,
    `(None, ${outputShape.map((size) => size ?? 'None').join(', ')})`,
    number(parameters),
    parameters === 0 ? '' : free === parameters ? 'yes' : free === 0 ? 'no' : `all but ${number(parameters - free)}`,
  ]);
  const table = [['Layer (type)', 'Output Shape', 'Param #', 'Trainable'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 2 ? cell.padStart(widths[2]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((a, b) => a + b, 6));
  return [
    line(table[0]!),
    rule,
    ...rows.map(line),
    rule,
    `Total params: ${number(total)}`,
    `Trainable params: ${number(trainable)}`,
    `Non-trainable params: ${number(total - trainable)}`,
  ].join('\n');
}

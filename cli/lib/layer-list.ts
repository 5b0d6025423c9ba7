import { readFile } from 'node:fs/promises';
import { OnwardError } from '../../runtime/common/index.js';

/** How far exported models were from one that computes the same. */
export interface Compared {
  /** Models drawn at random, or files that Keras made. */
  readonly models: number;
  /** The largest |Δ| of all their outputs, relative to the largest output (or to one). */
  readonly maxRelDiff: number;
}

/** What the tests found of a layer class. */
export interface LayerFigures {
  readonly class: string;
  /** What it becomes, its activation aside, the most frequent first; none for what only training does. */
  readonly operators: readonly string[];
  readonly tfjs: Compared | null;
  /** Files with other layers besides: their differences are those of the whole model. */
  readonly keras: Compared | null;
}

/** `scripts/layer-figures.mjs` has the tests write it. */
const file = new URL('../../../docs/layers.json', import.meta.url);

/** @throws OnwardError kind `system` when the package is not whole */
export async function readLayerFigures(): Promise<LayerFigures[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new OnwardError('system', `${file.pathname} cannot be read; install onward again`, { cause });
  }
}

const compared = (found: Compared | null) =>
  found ? [String(found.models), found.maxRelDiff === 0 ? '0' : found.maxRelDiff.toExponential(1)] : ['-', '-'];

const most = 6;
const few = (operators: readonly string[]) =>
  operators.length > most
    ? `${operators.slice(0, most).join(', ')} and ${operators.length - most} more`
    : operators.join(', ') || '-';

/** A table: its header, and a row for each class. */
export const layerRows = (figures: readonly LayerFigures[]): string[][] => [
  ['class', 'models', 'max |Δ| to TensorFlow.js', 'files', 'max |Δ| to Keras', 'ONNX operators'],
  ...figures.map((each) => [each.class, ...compared(each.tfjs), ...compared(each.keras), few(each.operators)]),
];

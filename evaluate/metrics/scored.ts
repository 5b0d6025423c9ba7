/** What a model said of labelled images: all that metrics are computed from. */
export interface Scored {
  /** In the order of the model's outputs. */
  readonly classes: readonly string[];
  /** Of every image, as an index into `classes`. */
  readonly labels: Uint32Array;
  /** float32 `[images, classes]` */
  readonly probabilities: Float32Array;
  /** The most probable class of every image; of equal ones the first. */
  readonly predicted: Uint32Array;
  /** `confusion[true * classes + predicted]`: how many images. */
  readonly confusion: Float64Array;
  /** How many images each class has. */
  readonly support: Float64Array;
  /** How often each class was predicted. */
  readonly called: Float64Array;
}

/**
 * @param probabilities float32 `[labels.length, classes.length]`, all of them numbers
 * @throws RangeError when they are more or fewer, or a label is no class
 */
export function scored(classes: readonly string[], labels: Uint32Array, probabilities: Float32Array): Scored {
  const [images, count] = [labels.length, classes.length];
  if (probabilities.length !== images * count) {
    throw new RangeError(`expected ${images * count} probabilities, got ${probabilities.length}`);
  }
  const predicted = new Uint32Array(images);
  const confusion = new Float64Array(count * count);
  const support = new Float64Array(count);
  const called = new Float64Array(count);
  for (let image = 0; image < images; image++) {
    const label = labels[image]!;
    if (label >= count) throw new RangeError(`expected labels below ${count}, got ${label}`);
    const top = topAt(probabilities, image * count, count);
    predicted[image] = top;
    confusion[label * count + top]!++;
    support[label]!++;
    called[top]!++;
  }
  return { classes, labels, probabilities, predicted, confusion, support, called };
}

/** The most probable class of the row that begins at `start`; of equal ones the first. */
export function topAt(probabilities: Float32Array, start: number, classes: number): number {
  let top = 0;
  for (let c = 1; c < classes; c++) if (probabilities[start + c]! > probabilities[start + top]!) top = c;
  return top;
}

/** Classes that have an image or were predicted: what averages over classes are taken over, as scikit-learn does. */
export const seenClasses = ({ classes, support, called }: Scored): number[] =>
  Array.from(classes.keys()).filter((c) => support[c]! + called[c]! > 0);

/** The mean; null of nothing. */
export const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;

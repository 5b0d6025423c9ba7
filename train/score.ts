import type { Dataset } from '../data/index.js';
import { inOrder } from './batches.js';
import type { Network } from './network.js';

export interface Score {
  /** Mean cross-entropy, without label smoothing. */
  readonly loss: number;
  /** 0..1 */
  readonly accuracy: number;
  /** float32 `[dataset.length, classes]` */
  readonly probabilities: Float32Array;
}

/** How well a network does on a dataset. `pause` runs between batches. */
export async function score(network: Network, dataset: Dataset, pause: () => Promise<void>): Promise<Score> {
  const classes = dataset.classes.length;
  const probabilities = new Float32Array(dataset.length * classes);
  let loss = 0;
  let correct = 0;
  let done = 0;
  for await (const { images, labels } of inOrder(dataset, 256)) {
    const rows = network.predict(images, labels.length);
    probabilities.set(rows, done * classes);
    for (const [i, label] of labels.entries()) {
      const row = rows.subarray(i * classes, (i + 1) * classes);
      loss -= Math.log(Math.max(row[label]!, 1e-12));
      correct += Number(row.indexOf(Math.max(...row)) === label);
    }
    done += labels.length;
    await pause();
  }
  return { loss: loss / dataset.length, accuracy: correct / dataset.length, probabilities };
}

import type { LayersModel } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { StoredWeight } from '../weights-file.js';

/** Weights that somebody trained, out of a file: whoever reads the file gives them as plain data. */
export interface PretrainedWeights {
  /** For messages: the file's path. */
  readonly name: string;
  /** Of the file: 64 hex digits. */
  readonly sha256: string;
  /** Whether it is the file that was published for this network. */
  readonly isPublished: boolean;
  /** The names of all layers, as the file has them. */
  readonly layers: readonly string[];
  /**
   * Of each layer by its name, in Keras' order: kernel, bias; gamma, beta, moving mean, moving variance.
   * @throws OnwardError kind `input`: of another network, a layer that is not there
   */
  of(
    wanted: readonly { readonly name: string; readonly className: string }[],
  ): ReadonlyMap<string, readonly StoredWeight[]>;
}

const inWords = (shapes: readonly (readonly (number | null)[])[]) => shapes.map((shape) => shape.join('x')).join(', ');

/**
 * Gives layers of a model the weights of a file.
 * @param before layers that the file has and the model has not, in front of its first one
 * @throws OnwardError kind `input`: of another network, a layer that is missing, a weight of another shape
 */
export function takePretrained(
  tf: TensorFlow,
  layers: LayersModel['layers'],
  weights: PretrainedWeights,
  before: readonly { readonly name: string; readonly className: string }[] = [],
): void {
  const weighty = layers.filter((layer) => layer.weights.length > 0);
  const wanted = [...before, ...weighty.map((layer) => ({ name: layer.name, className: layer.getClassName() }))];
  const found = weights.of(wanted);
  for (const layer of weighty) {
    const given = found.get(layer.name)!;
    const [expected, got] = [layer.weights, given].map((each) => inWords(each.map(({ shape }) => shape)));
    if (expected !== got) {
      throw new OnwardError(
        'input',
        `${weights.name}: expected the weights of ${layer.name} to be of ${expected}, got ${got || 'none'}; it is of another network, or of another size of this one`,
      );
    }
    const broken = given.findIndex(({ values }) => !values.every(Number.isFinite));
    if (broken >= 0) {
      throw new OnwardError(
        'input',
        `${weights.name}: ${layer.name} has weights that are no numbers; give another file`,
      );
    }
    tf.tidy(() => {
      for (const [i, { shape, values }] of given.entries()) {
        layer.weights[i]!.write(tf.tensor(values, shape as number[]));
      }
    });
  }
}

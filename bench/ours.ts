import { exportClassifier, exportModel, type LayersModel } from '../export/index.node.js';
import { random } from '../runtime/common/index.js';
import { encodeGolden, type InputSpec } from '../runtime/model/index.js';

const producerVersion = 'bench';

/** The image that a model takes. */
function inputOf({ layers }: LayersModel): InputSpec {
  const input = layers.find(({ className }) => className === 'InputLayer')!;
  const [, height, width, channels] = input.config.batch_shape as [null, number, number, 1 | 3];
  return { height, width, channels, fit: 'contain', background: [0, 0, 0] };
}

/** A file that carries everything: preprocessing, 16 golden samples, digests. All networks here that it is for have 10 classes. */
function classifier(model: LayersModel): Uint8Array {
  const input = inputOf(model);
  const labels = Array.from({ length: 10 }, (_, i) => String(i));
  const numbers = random('bench golden');
  const golden = encodeGolden(
    {
      kind: 'noise',
      count: 16,
      images: Uint8Array.from({ length: 16 * input.height * input.width * input.channels }, () => numbers.below(256)),
      probabilities: Float32Array.from({ length: 16 * labels.length }, () => numbers.next()),
    },
    input,
  );
  const provenance = { preprocessing: [{ kind: 'scale', scale: 1 / 127.5, offset: -1 }] } as const;
  return exportClassifier(model, { labels, input, provenance, golden, producerVersion });
}

/** Our ways from a layers model in memory to the bytes of a file. */
export const ours = {
  /** The model as it is, float32 in and out. */
  exportModel: (model: LayersModel): Uint8Array => exportModel(model, { producerVersion }),
  exportClassifier: classifier,
} as const;

export type ExportName = keyof typeof ours;

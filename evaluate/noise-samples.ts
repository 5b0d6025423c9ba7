import { messageOf, random } from '../runtime/common/index.js';
import {
  encodeGolden,
  type GoldenText,
  type InputSpec,
  type PreprocessingStep,
  preprocess,
  preprocessedShape,
  softmaxRows,
} from '../runtime/model/index.js';
import { type LayersFiles, runLayers } from './run-layers.js';

/** As many as a run has at least. */
const count = 16;

export interface NoiseOptions {
  /** Of the model, which seeds the noise. */
  readonly name: string;
  readonly files: LayersFiles;
  readonly input: InputSpec;
  readonly steps: readonly PreprocessingStep[];
  readonly classes: number;
  /** Whether the layers model gives probabilities, or logits. */
  readonly gives: 'probabilities' | 'logits';
}

/** Golden samples for a model whose images are not known: noise, with what TensorFlow.js makes of it, or why there are none. */
export async function noiseSamples(options: NoiseOptions): Promise<{ golden: GoldenText } | { reason: string }> {
  const { name, files, input, steps, classes, gives } = options;
  const { width, height, channels } = input;
  const shape = [height, width, channels] as const;
  const stream = random('noise', name);
  const images = Uint8Array.from({ length: count * height * width * channels }, () => stream.below(256));
  const dims = [count, ...preprocessedShape(shape, steps)];
  try {
    // The model has one input, which takes the feed whatever it is called.
    const { outputs } = await runLayers(files, [{ name: 'image', dims, values: preprocess(images, steps, shape) }]);
    const [scores] = outputs as [Float32Array];
    const probabilities = gives === 'probabilities' ? scores : softmaxRows(scores, classes);
    return { golden: encodeGolden({ kind: 'noise', count, images, probabilities }, input) };
  } catch (error) {
    const [line = ''] = messageOf(error).split('\n');
    return { reason: `TensorFlow.js cannot run the layers model (${line.trim()})` };
  }
}

import { OnwardError } from '../common/index.js';
import type { Session } from './engine.js';
import { inBatches } from './in-batches.js';
import { serial } from './serial.js';

/** What an engine has to bring; `guarded` makes the session of it. */
export interface SessionParts extends Pick<Session, 'engine' | 'version' | 'device' | 'slow' | 'model'> {
  /** Called with as many bytes as `count` images have, never twice at once, never after `release`. */
  run(images: Uint8Array, count: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** The checks and the order of calls that are the same for every engine. */
export function guarded({ run, release, ...known }: SessionParts): Session {
  const { engine, model } = known;
  const { width, height, channels } = model.input;
  const size = width * height * channels;
  const inTurn = serial();
  let closing: Promise<void> | undefined;

  return {
    ...known,
    async predict(images, count) {
      if (closing) {
        throw new OnwardError('usage', `${engine}: this session of ${model.name} was closed; open another one`);
      }
      if (!Number.isInteger(count) || count < 1) {
        throw new OnwardError('usage', `${engine}: expected a count of images from 1 up, got ${count}`);
      }
      if (images.length !== count * size) {
        throw new OnwardError(
          'usage',
          `${engine}: expected ${count * size} bytes for ${count} images of ${width}x${height}x${channels}, got ${images.length}; fit the images to the model's input first`,
        );
      }
      const probabilities = await inTurn(() => inBatches(model, run, images, count));
      const expected = count * model.labels.length;
      if (probabilities.length !== expected) {
        throw new OnwardError(
          'input',
          `${model.name}: expected its output "${model.output.name}" to have ${expected} numbers for ${count} images and ${model.labels.length} classes, got ${probabilities.length}; it is not an image classifier that takes batches`,
        );
      }
      return probabilities;
    },
    close() {
      closing ??= inTurn(release);
      return closing;
    },
  };
}

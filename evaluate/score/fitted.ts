import type { Dataset } from '../../data/index.js';
import { fit } from '../../runtime/image/index.js';
import type { InputSpec } from '../../runtime/model/index.js';

/** A dataset's images as a model takes them: those of another size or other channels are fitted as its file says. */
export function fittedTo(dataset: Dataset, input: InputSpec): Dataset {
  const [height, width, channels] = dataset.shape;
  if (height === input.height && width === input.width && channels === input.channels) return dataset;
  const from = height * width * channels;
  const to = input.height * input.width * input.channels;
  const area = height * width;
  const rgba = (pixels: Uint8Array) => {
    const data = new Uint8Array(area * 4).fill(255);
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) data[i * 4 + c] = pixels[i * channels + (channels === 3 ? c : 0)]!;
    }
    return { width, height, data };
  };
  return {
    name: dataset.name,
    length: dataset.length,
    shape: [input.height, input.width, input.channels],
    spec: input,
    classes: dataset.classes,
    labels: dataset.labels,
    groups: dataset.groups,
    origin: (index) => dataset.origin(index),
    // Both of the images as they came; the digest when somebody asks for it, as it takes its time.
    fingerprint: (index) => dataset.fingerprint(index),
    get digest() {
      return dataset.digest;
    },
    async batch(indices) {
      const pixels = await dataset.batch(indices);
      const out = new Uint8Array(indices.length * to);
      for (let i = 0; i < indices.length; i++)
        out.set(fit(rgba(pixels.subarray(i * from, (i + 1) * from)), input), i * to);
      return out;
    },
  };
}

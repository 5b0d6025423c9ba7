import type { PreprocessingStep } from './index.js';

/** How images are prepared for most networks: the modes of Keras' `preprocess_input`, and what people write by hand. */
export const usualSteps = {
  /** 0 to 255, as they are: the model scales them itself. */
  none: [],
  unit: [{ kind: 'scale', scale: 1 / 255, offset: 0 }],
  tf: [{ kind: 'scale', scale: 1 / 127.5, offset: -1 }],
  torch: [
    { kind: 'scale', scale: 1 / 255, offset: 0 },
    { kind: 'normalize', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  ],
  caffe: [{ kind: 'reverse-channels' }, { kind: 'normalize', mean: [103.939, 116.779, 123.68], std: [1, 1, 1] }],
} satisfies { readonly [name: string]: readonly PreprocessingStep[] };

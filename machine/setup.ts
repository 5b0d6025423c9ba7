import { ensureBrowser } from './browser/index.js';
import { ensureCuda, ensureCudaProvider } from './cuda.js';
import { nvidiaDriver } from './nvidia.js';
import type { OnProgress, SetupOutcome } from './outcome.js';
import { ensurePackages } from './packages.js';
import { type PartName, partNames } from './peers.js';
import { ensureTensorFlow } from './tensorflow/index.js';

export interface SetupOptions {
  /** `runtime`: to predict and serve; `training`; `browser`: to verify in one. Default: all. */
  readonly parts?: readonly PartName[];
  readonly onProgress?: OnProgress;
}

type Step = (options: { onProgress?: OnProgress | undefined }) => Promise<SetupOutcome>;

/** What each part consists of, in order; the packages come first because the others are made from them. */
const steps: { readonly [part in PartName]: (cuda: boolean) => readonly Step[] } = {
  runtime: (cuda) => [
    (options) => ensurePackages('runtime', options),
    ...(cuda ? [ensureCuda, ensureCudaProvider] : []),
  ],
  training: (cuda) => [
    (options) => ensurePackages('training', options),
    // Also without CUDA: where its build is not possible, the outcome says so and training still has this one.
    ...(cuda ? [(options: Parameters<Step>[0]) => ensureTensorFlow({ ...options, cuda: true })] : []),
    ensureTensorFlow,
  ],
  browser: () => [(options) => ensurePackages('browser', options), ensureBrowser],
};

/**
 * Brings what this machine lacks. Safe to interrupt and to run twice at once: each thing is made whole or not at all, once.
 * Never throws: what cannot be done is in the list with its reason, and the rest is done all the same.
 */
export async function setup({ parts = partNames, onProgress }: SetupOptions = {}): Promise<SetupOutcome[]> {
  const cuda = (await nvidiaDriver()).available;
  const outcomes: SetupOutcome[] = [];
  for (const part of parts) {
    for (const run of steps[part](cuda)) outcomes.push(await run({ onProgress }));
  }
  return outcomes;
}

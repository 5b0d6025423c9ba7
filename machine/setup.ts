import { OnwardError } from '../runtime/common/index.js';
import { ensureBrowser } from './browser/index.js';
import { ensureCuda, ensureCudaProvider } from './cuda.js';
import { ensureFonts } from './fonts.js';
import { nvidiaDriver } from './nvidia.js';
import type { SetupOutcome, StepOptions } from './outcome.js';
import { ensurePackages } from './packages.js';
import { type PartName, partNames } from './peers.js';
import { ensureTensorFlow } from './tensorflow/index.js';

export interface SetupOptions extends StepOptions {
  /** `runtime`: to predict and serve; `training`; `browser`: to verify in one; `fonts`: to draw street digits; `grpc`: to serve by it. Default: all. */
  readonly parts?: readonly PartName[];
}

type Step = (options: StepOptions) => Promise<SetupOutcome>;

/** What each part consists of, in order; the packages come first because the others are made from them. */
const steps: { readonly [part in PartName]: (cuda: boolean) => readonly Step[] } = {
  runtime: (cuda) => [
    (options) => ensurePackages('runtime', options),
    ...(cuda ? [ensureCuda, ensureCudaProvider] : []),
  ],
  training: (cuda) => [
    (options) => ensurePackages('training', options),
    // Also without CUDA: where its build is not possible, the outcome says so and training still has this one.
    ...(cuda ? [(options: StepOptions) => ensureTensorFlow({ ...options, cuda: true })] : []),
    ensureTensorFlow,
  ],
  browser: () => [(options) => ensurePackages('browser', options), ensureBrowser],
  fonts: () => [ensureFonts],
  grpc: () => [(options) => ensurePackages('grpc', options)],
};

/**
 * Brings what this machine lacks. Safe to interrupt and to run twice at once: each thing is made whole or not at all, once.
 * What cannot be done is in the list with its reason, and the rest is done all the same.
 * @throws OnwardError kind `interrupted` when stopped, and nothing else
 */
export async function setup({ parts = partNames, ...options }: SetupOptions = {}): Promise<SetupOutcome[]> {
  const cuda = (await nvidiaDriver()).available;
  const outcomes: SetupOutcome[] = [];
  for (const part of parts) {
    for (const run of steps[part](cuda)) {
      outcomes.push(await run(options));
      if (options.signal?.aborted)
        throw new OnwardError('interrupted', 'set-up stopped; the next one goes on from here');
    }
  }
  return outcomes;
}

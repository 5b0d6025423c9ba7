/** One thing that `setup` did, found done, or could not do. */
export interface SetupOutcome {
  /** `packages: runtime`, `TensorFlow native backend`, `browser`, ... */
  readonly what: string;
  /** `made`: brought now; `reused`: was there; `impossible`: not on this machine, `reason` says why. */
  readonly status: 'made' | 'reused' | 'impossible';
  readonly folder?: string;
  /** Of the folder, where it was made or lies in the cache. */
  readonly bytes?: number;
  /** What it took, waiting for another process included. */
  readonly seconds: number;
  /** One sentence without its full stop; only with `impossible`. */
  readonly reason?: string;
  /** What to do about it; only with `impossible`. */
  readonly remedy?: string;
}

/** Called with one line at a time about what is being done. */
export type OnProgress = (line: string) => void;

/** What every step of the setup takes. */
export interface StepOptions {
  readonly onProgress?: OnProgress | undefined;
  /** Ends the programs that the step runs; what it was making is taken away. */
  readonly signal?: AbortSignal | undefined;
}

/** Why a step of the setup cannot be done here. It ends the step and becomes part of its outcome. */
export class Impossible extends Error {
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.remedy = remedy;
  }
}

/** Runs one step, with its time taken, and turns whatever it throws into an outcome. */
export async function step(
  what: string,
  work: () => Promise<Omit<SetupOutcome, 'what' | 'seconds'>>,
): Promise<SetupOutcome> {
  const start = performance.now();
  const seconds = () => Math.round((performance.now() - start) / 100) / 10;
  try {
    const result = await work();
    return { what, ...result, seconds: seconds() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = error instanceof Impossible ? error.remedy : 'run `npx onward setup` again';
    return { what, status: 'impossible', reason, remedy, seconds: seconds() };
  }
}

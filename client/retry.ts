import { RequestError } from './request-error.js';

export interface RetryOptions {
  /** Further tries after the first; default: 3. */
  readonly retries?: number | undefined;
  /** Milliseconds before the second try, at most; twice as many before each further one; default: 200. */
  readonly firstWait?: number | undefined;
  /** Milliseconds before any try, at most, also where the server asks for more: then there is none; default: 10,000. */
  readonly longestWait?: number | undefined;
  /** 0 up to 1, for the part of a wait that is taken: so clients that failed together do not come again together. */
  readonly random?: (() => number) | undefined;
}

/** Predictions change nothing, so whatever may have been a moment's trouble is asked again. */
const again = new Set([408, 429, 502, 503, 504]);

const isWorthIt = ({ kind, status }: RequestError) => kind === 'network' || (status !== undefined && again.has(status));

/**
 * Does something until it succeeds, is refused for good, or the tries are used up. Waits are exponential with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), or as long as `Retry-After` says.
 * @throws what the last try threw; what the signal was aborted with
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { retries = 3, firstWait = 200, longestWait = 10_000, random = Math.random }: RetryOptions,
  signal: AbortSignal,
): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof RequestError) || !isWorthIt(error) || tried >= retries) throw error;
      const most = Math.min(longestWait, firstWait * 2 ** tried);
      // Never before the server wants it, and not all at that moment.
      const wait = (error.retryAfter ?? 0) + random() * most;
      if ((error.retryAfter ?? 0) > longestWait) throw error;
      await pause(wait, signal);
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', stop, { once: true });
  });
}

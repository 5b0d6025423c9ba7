import { OnwardError } from '../runtime/common/index.js';
import { defaultMaxPixels } from '../runtime/image/index.node.js';

/** What one request and all requests together may take. */
export interface Limits {
  /** Bytes of a request's body; beyond it a 413. */
  readonly maxBodyBytes: number;
  /** Bytes of the bodies of all requests that are read or worked on, at least those of one; beyond it a 503. */
  readonly maxBodiesBytes: number;
  /** Pixels of an image, by its header, before it is decoded; beyond it a 413. */
  readonly maxPixels: number;
  /** Images in one form; beyond it a 413. */
  readonly maxImages: number;
  /** Rows of a tensor request; beyond it a 413. */
  readonly maxRows: number;
  /** Images or rows that wait for a worker; beyond it a 503. */
  readonly maxQueue: number;
  /** Milliseconds from being read to the answer; beyond it a 503. */
  readonly timeout: number;
  /** Milliseconds that a worker may take for one batch; beyond it it counts as hanging, and for health as not there. */
  readonly hangTimeout: number;
  /** Milliseconds that a client may take to send the head of a request, and a whole request, which ends both; beyond it a 408. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** Milliseconds that a connection may be idle between two requests. */
  readonly keepAliveTimeout: number;
  /** Open connections; beyond it new ones are closed at once. */
  readonly maxConnections: number;
}

export const defaultLimits: Limits = {
  maxBodyBytes: 10 * 1024 * 1024,
  maxBodiesBytes: 256 * 1024 * 1024,
  maxPixels: defaultMaxPixels,
  maxImages: 64,
  maxRows: 4096,
  maxQueue: 128,
  timeout: 10_000,
  hangTimeout: 30_000,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 10_000,
  maxConnections: 4096,
};

/** @throws OnwardError kind `usage` for a limit that is no whole number from 1 up */
export function limitsOf(given: { readonly [Name in keyof Limits]?: number | undefined }): Limits {
  const limits: Record<string, number> = { ...defaultLimits };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new OnwardError('usage', `expected ${name} to be a whole number from 1 up, got ${value}`);
    }
    limits[name] = value;
  }
  return limits as unknown as Limits;
}

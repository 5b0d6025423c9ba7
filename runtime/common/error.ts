/**
 * Why a request could not be done, for whoever turns it into an exit code or an HTTP status.
 *
 * - `usage`: the command line or the call is wrong (exit 2, HTTP 400)
 * - `input`: a file, folder or value is not what it should be (exit 1, HTTP 400)
 * - `type`: the bytes are of a kind that nobody here reads (exit 1, HTTP 415)
 * - `size`: more bytes or pixels than the limit (exit 1, HTTP 413)
 * - `missing`: an engine, backend or package is not on this machine (exit 1, HTTP 503)
 * - `parity`: an engine predicts differently from the one that trained (exit 1, HTTP 503)
 * - `system`: disk full, read-only folder, port in use (exit 1, HTTP 500)
 * - `interrupted`: the person stopped it (exit 130)
 */
export type ErrorKind = 'usage' | 'input' | 'type' | 'size' | 'missing' | 'parity' | 'system' | 'interrupted';

/** An error whose message is one sentence for a person: what, what was expected, what came, what to do. */
export class OnwardError extends Error {
  override readonly name = 'OnwardError';
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** Why a request has no answer. */
export type RequestErrorKind =
  /** The server refused it (4xx): another try would be refused too. */
  | 'refused'
  /** The server could not (5xx, or 429), also not at a later try. */
  | 'failed'
  /** No server was reached, or the connection broke. */
  | 'network'
  /** The time that the call was given is over. */
  | 'timeout'
  /** What answered is no server of this kind. */
  | 'answer';

export interface RequestErrorDetails {
  readonly kind: RequestErrorKind;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** What a call of the client throws, but for what an AbortSignal of the caller was aborted with. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly kind: RequestErrorKind;
  /** Of the answer; undefined where there was none. */
  readonly status: number | undefined;
  /** By which the server's log names the request. */
  readonly requestId: string | undefined;
  /** Milliseconds after which the server wants to be asked again. */
  readonly retryAfter: number | undefined;

  /** @param message the server's sentence, where there is one */
  constructor(message: string, { kind, status, requestId, retryAfter, cause }: RequestErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.status = status;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }
}

import { RequestError } from './request-error.js';
import { type RetryOptions, withRetries } from './retry.js';

export interface ConnectionOptions extends RetryOptions {
  /** Where the server is, with the path that it is mounted at: `https://example.com/digits`. In a page also `/digits`. */
  readonly url: string | URL;
  /** An API key, where the server asks for one. */
  readonly key?: string | undefined;
  /** Milliseconds for a whole call, tries and waits together; default: 60,000. */
  readonly timeout?: number | undefined;
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What asks; default: the platform's own. */
  readonly fetch?: typeof fetch | undefined;
}

/** Of one call. */
export interface CallOptions {
  /** Ends the call: it then throws what the signal was aborted with. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, in place of the client's. */
  readonly timeout?: number | undefined;
  /** What the server's log calls this request. */
  readonly requestId?: string | undefined;
}

export interface Call {
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each try. */
  readonly body?: () => Blob | FormData;
}

export interface Connection {
  /** @throws RequestError */
  call(call: Call, options?: CallOptions): Promise<Response>;
  /** The answer's JSON. @throws RequestError */
  json<T>(call: Call, options?: CallOptions): Promise<T>;
}

/** Milliseconds: a timer for more would end at once. Infinity is as long as that. */
const longest = 2 ** 31 - 1;

export function connect({ url, key, timeout = 60_000, headers = {}, ...options }: ConnectionOptions): Connection {
  const base = baseOf(url);
  const ask = options.fetch ?? globalThis.fetch.bind(globalThis);

  async function once(
    { path, method = 'GET', headers: own, body }: Call,
    requestId: string | undefined,
    signal: AbortSignal,
  ) {
    let response: Response;
    try {
      response = await ask(`${base}${path}`, {
        method,
        signal,
        headers: {
          ...(key !== undefined && { Authorization: `Bearer ${key}` }),
          ...(requestId !== undefined && { 'X-Request-Id': requestId }),
          ...headers,
          ...own,
        },
        ...(body && { body: body() }),
      });
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw unreached(base, cause);
    }
    if (response.ok) return response;
    throw await refused(response);
  }

  async function call<T>(
    call: Call,
    { signal: given, timeout: own = timeout, requestId }: CallOptions,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const clock = new AbortController();
    const timer = setTimeout(
      () => {
        const message = `${base}${call.path}: expected an answer within ${own} ms, got none`;
        clock.abort(new RequestError(message, { kind: 'timeout' }));
      },
      Math.min(own, longest),
    );
    const signal = given ? AbortSignal.any([given, clock.signal]) : clock.signal;
    const attempt = async () => {
      if (signal.aborted) throw signal.reason;
      const response = await once(call, requestId, signal);
      try {
        return await read(response);
      } catch (cause) {
        // While the answer came.
        if (signal.aborted) throw signal.reason;
        throw cause instanceof RequestError ? cause : unreached(base, cause);
      }
    };
    try {
      return await withRetries(attempt, options, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    // The answer is here as a whole, so that retries and the deadline hold for all of it.
    call: (one, own = {}) =>
      call(one, own, async (response) => {
        const { status, headers } = response;
        return new Response(await response.arrayBuffer(), { status, headers });
      }),
    json: (one, own = {}) => call(one, own, (response) => jsonOf(response, base)),
  };
}

async function jsonOf<T>(response: Response, base: string): Promise<T> {
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new RequestError(`${base}: expected an answer as JSON, got ${JSON.stringify(text.slice(0, 60))}`, {
      ...{ kind: 'answer', status: response.status, cause },
    });
  }
}

function baseOf(url: string | URL): string {
  const page = (globalThis as { location?: { href: string } }).location?.href;
  let full: URL;
  try {
    full = new URL(url, page);
  } catch (cause) {
    throw new TypeError(`expected the address of a server, for example http://127.0.0.1:8080, got ${String(url)}`, {
      cause,
    });
  }
  return full.origin + full.pathname.replace(/\/+$/, '');
}

/** `fetch` says little itself ("fetch failed"); what it was is the cause of it, in Node. */
function unreached(base: string, cause: unknown): RequestError {
  const inner = (cause as { cause?: unknown }).cause ?? cause;
  const why = (inner as { code?: string }).code ?? (inner as Error).message;
  return new RequestError(`${base}: expected a server that answers, got none (${why})`, { kind: 'network', cause });
}

async function refused(response: Response): Promise<RequestError> {
  const { status } = response;
  const text = await response.text().catch(() => '');
  let sentence: unknown;
  try {
    sentence = (JSON.parse(text) as { error?: unknown }).error;
  } catch {
    // A proxy's page, or nothing.
  }
  const message = typeof sentence === 'string' ? sentence : `expected an answer, got the status ${status}`;
  return new RequestError(message, {
    kind: status < 500 && status !== 429 ? 'refused' : 'failed',
    status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfter: retryAfterOf(response.headers.get('retry-after')),
  });
}

/** Seconds or a date, as milliseconds from now. */
function retryAfterOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

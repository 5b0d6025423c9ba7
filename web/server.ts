/** What the server says of itself and of an image; the shapes are those of serve/. */
export interface ServerFacts {
  readonly model: string | null;
  readonly engine: string;
}
export interface ServerAnswer {
  readonly probabilities: readonly number[];
  readonly labels: readonly string[];
  readonly engine: string;
  readonly milliseconds: number;
}

/** Whether this page came from `onward serve`: written as static files there is nobody to ask. */
export const hasServer = () => document.querySelector<HTMLMetaElement>('meta[name="onward-server"]')?.content === 'yes';

/**
 * The second answer, for the same bytes.
 * @returns a sentence where there is none
 */
export async function askServer(bytes: Uint8Array<ArrayBuffer>): Promise<ServerAnswer | string> {
  const answer = await ask<ServerAnswer & { error?: string }>('./classify', {
    method: 'POST',
    body: bytes,
    headers: { 'content-type': 'application/octet-stream' },
  });
  if (!answer) return 'does not answer';
  return answer.error ? `says: ${answer.error}` : answer;
}

/** @returns undefined where the server does not answer */
export const askHealth = () => ask<ServerFacts>('./health');

async function ask<T>(url: string, init?: RequestInit): Promise<T | undefined> {
  try {
    const response = await fetch(url, init);
    // The service worker answers 204 for a server that it cannot reach.
    return response.status === 204 ? undefined : await response.json();
  } catch {
    return undefined;
  }
}

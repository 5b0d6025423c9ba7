import { OnwardError } from '../../runtime/common/index.js';
import type { Progress } from './protocol.js';

/** @throws OnwardError when the address does not answer with the file, or the connection breaks */
export async function fetchBytes(
  url: string,
  onProgress: (progress: Progress) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const fail = (why: string, cause?: unknown) =>
    new OnwardError('input', `the model cannot be fetched: ${why}; reload the page to try again`, { cause });
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw fail('the server does not answer and this browser has no copy yet', cause);
  }
  if (!response.ok || !response.body) throw fail(`expected model.onnx, got status ${response.status}`);

  // The length of something compressed is not the length of what comes out.
  const length = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
  const total = length > 0 ? length : undefined;
  const chunks: Uint8Array[] = [];
  let received = 0;
  try {
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      received += value.length;
      onProgress({ received, total });
    }
  } catch (cause) {
    throw fail('the connection broke', cause);
  }
  const bytes = new Uint8Array(received);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

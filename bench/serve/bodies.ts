import { random } from '../../runtime/common/index.js';
import { encodePng } from '../../runtime/image/index.js';
import { side } from './network.js';

/** What a request carries: floats as JSON or as binary data, or a picture. */
export type BodyKind = 'json' | 'binary' | 'png' | 'form';

export interface BenchRequest {
  readonly method: 'POST';
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
}

const input = { name: 'image', shape: [1, side, side, 1], datatype: 'FP32' };

/** So many that no server knows them by heart, and all the same in every run. */
export function bodiesOf(kind: BodyKind, count = 16): BenchRequest[] {
  const numbers = random('bench bodies');
  return Array.from({ length: count }, () => {
    const infer = { method: 'POST', path: '/v2/models/bench/infer' } as const;
    if (kind === 'png' || kind === 'form') {
      // Noise of 64 shades: 2.4 kB
      const data = Uint8Array.from({ length: side * side * 2 }, () => numbers.below(64));
      const png = Buffer.from(encodePng({ width: side, height: side, data: withColour(data) }));
      return kind === 'png'
        ? { method: 'POST', path: '/classify', headers: { 'Content-Type': 'image/png' }, body: png }
        : formOf(png);
    }
    const values = Float32Array.from({ length: side * side }, () => numbers.between(-1, 1));
    if (kind === 'json') {
      // Seven digits: 10.8 kB.
      const data = Array.from(values, (value) => Number(value.toPrecision(7)));
      const body = Buffer.from(JSON.stringify({ inputs: [{ ...input, data }] }));
      return { ...infer, headers: { 'Content-Type': 'application/json' }, body };
    }
    const head = Buffer.from(
      JSON.stringify({
        inputs: [{ ...input, parameters: { binary_data_size: values.byteLength } }],
        parameters: { binary_data_output: true },
      }),
    );
    return {
      ...infer,
      headers: { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': String(head.length) },
      body: Buffer.concat([head, Buffer.from(values.buffer)]),
    };
  });
}

/** Red and green of their own, blue as red. */
function withColour(two: Uint8Array): Uint8Array {
  const data = new Uint8Array((two.length / 2) * 3);
  for (let i = 0; i < two.length / 2; i++) {
    data[i * 3] = two[i * 2]!;
    data[i * 3 + 1] = two[i * 2 + 1]!;
    data[i * 3 + 2] = two[i * 2]!;
  }
  return data;
}

/** What FastAPI's people send: a file in a form. */
function formOf(png: Buffer): BenchRequest {
  const boundary = 'onward-bench';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n`;
  return {
    method: 'POST',
    path: '/classify',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), png, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

import { encodePng } from 'onward/image';
import type { LoadedModel } from 'onward/model';
import { createApp, createPool, type Pool } from 'onward/serve';
import sharp from 'sharp';
import { imagesOf, side } from '../runtime/engines/models.js';

/** A PNG of the test model's own size. */
export const pngOf = (seed: number) =>
  encodePng({ width: side, height: side, data: imagesOf(seed, 1) }) as Uint8Array<ArrayBuffer>;

export const jpegOf = async (seed: number) =>
  new Uint8Array(
    await sharp(imagesOf(seed, 1), { raw: { width: side, height: side, channels: 3 } })
      .jpeg()
      .toBuffer(),
  );

export const webpOf = async (seed: number) =>
  new Uint8Array(
    await sharp(imagesOf(seed, 1), { raw: { width: side, height: side, channels: 3 } })
      .webp({ lossless: true })
      .toBuffer(),
  );

export interface TestApp {
  readonly pool: Pool;
  readonly log: string[];
  request(path: string, init?: RequestInit): Promise<Response>;
  post(body: BodyInit, type?: string): Promise<{ status: number; body: { error?: string; [key: string]: unknown } }>;
}

/** The server without a port, one worker. */
export async function testApp(model: LoadedModel, options: { maxBodyBytes?: number } = {}): Promise<TestApp> {
  const log: string[] = [];
  const pool = await createPool({ model, workers: 1, log: (line) => log.push(line) });
  const app = createApp({ model, pool, log: (line) => log.push(line), ...options });
  const request = async (path: string, init?: RequestInit) => app.request(path, init);
  return {
    pool,
    log,
    request,
    async post(body, type) {
      const headers: HeadersInit = type === undefined ? {} : { 'content-type': type };
      const response = await request('/classify', { method: 'POST', body, headers });
      return { status: response.status, body: await response.json() };
    },
  };
}

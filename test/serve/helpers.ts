import { encodePng } from 'onward/image';
import type { LoadedModel } from 'onward/model';
import {
  type AppOptions,
  createApp,
  createMetrics,
  jsonLog,
  openServedModel,
  type Servable,
  type ServedModel,
  type ServedModelOptions,
} from 'onward/serve';
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
  readonly model: ServedModel;
  readonly log: string[];
  request(path: string, init?: RequestInit): Promise<Response>;
  post(body: BodyInit, type?: string): Promise<{ status: number; body: { error?: string; [key: string]: unknown } }>;
  close(): Promise<void>;
}

/** The server without a port, one worker. */
export async function testApp(
  model: LoadedModel | Servable,
  { app: given = {}, ...options }: ServedModelOptions & { app?: Partial<AppOptions> } = {},
): Promise<TestApp> {
  const log: string[] = [];
  const note = (line: string) => log.push(line);
  const metrics = createMetrics();
  const name = options.name ?? 'model';
  const served = await openServedModel(model, {
    ...{ workers: 1, log: note, observer: metrics.observer({ name, version: '1' }) },
    ...options,
  });
  const app = createApp({ models: served, metrics, log: jsonLog(note), limits: options.limits, ...given });
  const request = async (path: string, init?: RequestInit) => app.request(path, init);
  return {
    model: served,
    log,
    request,
    async post(body, type) {
      const headers: HeadersInit = type === undefined ? {} : { 'content-type': type };
      const response = await request('/classify', { method: 'POST', body, headers });
      return { status: response.status, body: await response.json() };
    },
    close: served.close,
  };
}

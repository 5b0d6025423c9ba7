import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { type AppOptions, createApp, openServedModel, type Servable, type ServedModelOptions } from 'onward/serve';
import { onTestFinished } from 'vitest';

/** A model that somebody else wrote behind a port; its address. */
export async function withServer(
  model: Servable,
  options: ServedModelOptions = {},
  app: Partial<AppOptions> = {},
): Promise<string> {
  const served = await openServedModel(model, { workers: 1, ...options });
  const server = createAdaptorServer({ fetch: createApp({ models: served, ...app }).fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await served.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { basePath } from 'hono/route';
import { compressed } from '../compressed.js';
import type { Route } from './route.js';

/** Which file of the page an address means, wherever the app is mounted. */
export function pageFileOf(c: Context): string {
  const below = c.req.path.slice(basePath(c).length);
  return below.replace(/^\//, '') || 'index.html';
}

/** The page, its assets, its service worker and the model: whatever `readPage` lists. */
export const page: Route = {
  method: 'GET',
  path: '/*',
  operation: {
    id: 'page',
    group: 'page',
    summary: 'the page, which classifies in the browser',
    more: 'What belongs to it lies beside it: its scripts and styles below `assets/`, `sw.js`, and the model as `model.onnx`.',
    answer: { meaning: 'the page', content: { 'text/html': 'text' } },
    others: { 304: { meaning: 'the one that the tag in If-None-Match means' } },
    errors: [404],
  },
  create({ page: now }) {
    const encode = compressed();
    return async function servePage(c) {
      const url = pageFileOf(c);
      // Its addresses are relative: without the slash they would be those of the folder above.
      if (c.req.path !== '/' && c.req.path === basePath(c)) return c.redirect(`${c.req.path.split('/').at(-1)}/`, 308);
      const file = now()?.get(url);
      if (!file) {
        if (url === 'index.html') {
          throw new HTTPException(404, { message: 'there is no page on this server; send an image to /classify' });
        }
        return c.notFound();
      }
      c.header('Content-Type', file.type);
      c.header('Cache-Control', file.etag ? 'no-cache' : 'public, max-age=31536000, immutable');
      if (file.etag) {
        c.header('ETag', file.etag);
        if (c.req.header('if-none-match')?.includes(file.etag)) return c.body(null, 304);
      }
      if (!file.compresses) return c.body(await file.bytes());
      c.header('Vary', 'Accept-Encoding');
      const encoding = encode.choose(c.req.header('accept-encoding'));
      if (!encoding) return c.body(await file.bytes());
      c.header('Content-Encoding', encoding);
      return c.body(await encode.bytes(url, file, encoding));
    };
  },
};

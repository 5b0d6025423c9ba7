import type { MiddlewareHandler } from 'hono';
import { hasHeaders } from './answer.js';
import { nodeOf } from './request.js';

/**
 * - COOP and COEP make the page cross-origin isolated, which is what WASM threads need.
 * - The policy lets the page load from here alone, compile WASM, and show images that a person picks (blob:).
 */
export const headers: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "connect-src 'self'",
    "img-src 'self' blob:",
    "style-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
};

const entries = Object.entries(headers);

/** Puts them on every answer, errors too. */
export function isolation(): MiddlewareHandler {
  return async function isolation(c, next) {
    await next();
    if (hasHeaders(c)) return;
    // On Node's own answer, where there is one: a Response whose headers somebody touched is sent a slower way.
    const outgoing = nodeOf(c)?.outgoing;
    if (outgoing) for (const [name, value] of entries) outgoing.setHeader(name, value);
    else for (const [name, value] of entries) c.res.headers.set(name, value);
  };
}

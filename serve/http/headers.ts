const policy = [
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
].join('; ');

/**
 * A new object each time, to which others are added: V8 copies a literal a hundred times as fast as `{...headers}` with more
 * behind it.
 * - COOP and COEP make the page cross-origin isolated, which is what WASM threads need.
 * - The policy lets the page load from here alone, compile WASM, and show images that a person picks (blob:).
 */
export const freshHeaders = (): Record<string, string> => ({
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': policy,
});

/** On every answer. */
export const headers: Readonly<Record<string, string>> = freshHeaders();

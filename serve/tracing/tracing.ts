import type * as Api from '@opentelemetry/api';
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { version } from '../../machine/index.js';
import type { Outcome } from '../batching/index.js';
import { headerOf } from '../http/index.js';
import type { ServedModel } from '../models/index.js';

/** OpenTelemetry's interface, with a provider behind it. */
export type Tracing = typeof Api;

/** @returns undefined where the package is not there, or nobody has registered a provider: then nothing is spent on it */
export async function loadTracing(): Promise<Tracing | undefined> {
  try {
    const api = await import('@opentelemetry/api');
    // Without a provider spans have no ids. This one is never ended, so that nobody is told of it.
    const probe = tracer(api).startSpan('probe');
    return api.isSpanContextValid(probe.spanContext()) ? api : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A span for each request, below the one that the client names in `traceparent`, or that a server around this one has begun.
 * Its attributes are those of the conventions for HTTP servers: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function traced(api: Tracing): MiddlewareHandler {
  const { context, propagation, trace } = api;
  return async function traced(c, next) {
    const active = context.active();
    const given = { get: (_: unknown, name: string) => headerOf(c, name), keys: () => [] };
    const above = trace.getSpan(active) ? active : propagation.extract(active, undefined, given);
    const { method } = c.req;
    const attributes = { 'http.request.method': method, 'url.path': c.req.path.slice(0, 500) };
    const span = tracer(api).startSpan(method, { kind: api.SpanKind.SERVER, attributes }, above);
    if (!span.isRecording()) return next();
    c.set('span', span);
    c.set('tracing', api);
    try {
      await context.with(trace.setSpan(above, span), next);
    } finally {
      const route = routePath(c);
      span.updateName(`${method} ${route}`);
      const { status } = c.res;
      span.setAttributes({
        'http.route': route,
        'http.response.status_code': status,
        'onward.request_id': c.get('requestId') as string,
      });
      if (status >= 500) span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.end();
    }
  };
}

const tracer = ({ trace }: Tracing) => trace.getTracer('onward', version);

/** The phases of a request that was just answered, as spans below its own: queue, decode, batch (gathering) and run. */
export function tracePhases(
  c: Context,
  { name, version: modelVersion, engine }: Pick<ServedModel, 'name' | 'version' | 'engine'>,
  { queue, times, rows, batch }: Outcome,
): void {
  const span = c.get('span') as Api.Span | undefined;
  const api = c.get('tracing') as Tracing | undefined;
  if (!span || !api) return;
  span.setAttributes({
    'onward.model': name,
    'onward.model_version': modelVersion,
    'onward.engine': engine,
    'onward.rows': rows,
    'onward.batch_rows': batch,
  });
  const above = api.trace.setSpan(api.context.active(), span);
  const phases = Object.entries({ queue, decode: times.decode, batch: times.batch, run: times.run });
  // They follow one another, and the last is over now.
  let start = Date.now() - phases.reduce((sum, [, milliseconds]) => sum + milliseconds, 0);
  for (const [phase, milliseconds] of phases) {
    if (milliseconds > 0) {
      tracer(api)
        .startSpan(phase, { startTime: start }, above)
        .end(start + milliseconds);
    }
    start += milliseconds;
  }
}

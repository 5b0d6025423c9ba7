import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { Hono } from 'hono';
import { classifier, type Server, serve } from 'onward/serve';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';

/** The SDK of OpenTelemetry, as somebody sets it up who traces. */
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

let server: Server;
const log: string[] = [];
beforeAll(async () => {
  provider.register();
  server = await serve({
    ...{ model: modelOf(), port: 0, workers: 1, name: 'animals', logRequests: true },
    log: (line) => log.push(line),
  });
});
afterAll(async () => {
  await server.close();
  await provider.shutdown();
  for (const api of [trace, context, propagation]) api.disable();
});
beforeEach(() => exporter.reset());

const spans = () => exporter.getFinishedSpans();
const root = () => spans().find(({ kind }) => kind === SpanKind.SERVER)!;
const milliseconds = ([seconds, nanos]: [number, number]) => seconds * 1000 + nanos / 1e6;

/** The span ends when the answer is made, which the client may have before. */
async function ended(count = 1) {
  while (spans().filter(({ kind }) => kind === SpanKind.SERVER).length < count) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('with a provider', () => {
  test('a request is a span below the one that its client names, and its phases are below it, one after another', async () => {
    const headers = { traceparent: `00-${traceId}-${spanId}-01`, 'x-request-id': 'mine' };
    await fetch(`${server.url}classify`, { method: 'POST', body: pngOf(1), headers });
    await ended();
    expect(root().name).toBe('POST /classify');
    expect(root().spanContext().traceId).toBe(traceId);
    expect(root().parentSpanContext?.spanId).toBe(spanId);
    expect(root().attributes).toMatchObject({
      ...{ 'http.request.method': 'POST', 'http.route': '/classify', 'http.response.status_code': 200 },
      ...{ 'url.path': '/classify', 'onward.request_id': 'mine', 'onward.model': 'animals' },
      ...{ 'onward.model_version': '1', 'onward.engine': 'ort-cpu', 'onward.rows': 1, 'onward.batch_rows': 1 },
    });
    const phases = spans().filter((span) => span.parentSpanContext?.spanId === root().spanContext().spanId);
    expect(phases.map(({ name }) => name)).toEqual(['queue', 'decode', 'batch', 'run']);
    for (const [i, phase] of phases.slice(1).entries()) {
      expect(milliseconds(phase.startTime)).toBeCloseTo(milliseconds(phases[i]!.endTime), 1);
    }
    expect(JSON.parse(log.find((line) => line.includes('"mine"'))!)).toMatchObject({ trace: traceId });
    expect(JSON.stringify(spans().map(({ attributes }) => attributes)).length).toBeLessThan(2000);
  });

  test('tensors, too; a form is one span', async () => {
    const rows = { name: 'image', datatype: 'UINT8', shape: [2, 8, 8, 3], data: Array(384).fill(1) };
    await fetch(`${server.url}v2/models/animals/infer`, { method: 'POST', body: JSON.stringify({ inputs: [rows] }) });
    await ended();
    expect(root().name).toBe('POST /v2/models/:model/infer');
    expect(root().attributes).toMatchObject({ 'onward.rows': 2 });
    expect(root().parentSpanContext).toBeUndefined();
    expect(spans().map(({ name }) => name)).toEqual(expect.arrayContaining(['batch', 'run']));
  });

  test('what is refused has its status and no phases; it is no error of the server', async () => {
    await fetch(`${server.url}classify`, { method: 'POST', body: new Uint8Array(9) });
    await ended();
    expect(spans()).toHaveLength(1);
    expect(root().attributes['http.response.status_code']).toBe(415);
    expect(root().status.code).toBe(SpanStatusCode.UNSET);
    exporter.reset();
    await fetch(`${server.url}nothing/here`);
    await ended();
    expect(root().attributes['http.response.status_code']).toBe(404);
  });

  test('a junk traceparent begins a trace of its own, one that is not sampled makes no span', async () => {
    await fetch(`${server.url}health`, { headers: { traceparent: '00-zz-1-01' } });
    await ended();
    expect([root().name, root().parentSpanContext]).toEqual(['GET /health', undefined]);
    exporter.reset();
    await fetch(`${server.url}health`, { headers: { traceparent: `00-${traceId}-${spanId}-00` } });
    await fetch(`${server.url}v2`);
    await ended();
    expect(spans().map(({ name }) => name)).toEqual(['GET /v2']);
  });

  test('below the span of a server that it is mounted in', async () => {
    const digits = await classifier(modelOf(), { workers: 1, page: false, log: () => {} });
    onTestFinished(() => digits.close());
    let outer: Span | undefined;
    const app = new Hono();
    app.use((_, next) =>
      trace.getTracer('theirs').startActiveSpan('theirs', async (span) => {
        outer = span;
        await next();
        span.end();
      }),
    );
    app.route('/digits', digits);
    await app.request('/digits/health', { headers: { traceparent: `00-${traceId}-${spanId}-01` } });
    expect(root().name).toBe('GET /digits/health');
    expect(root().parentSpanContext?.spanId).toBe(outer!.spanContext().spanId);
  });
});

/** What a request took, for OpenTelemetry. */
export { loadTracing, type Tracing, traced, tracePhases } from './tracing.js';

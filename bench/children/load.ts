// A process of its own that asks a server as fast as it answers: prints what came of it as JSON.
import { type BodyKind, bodiesOf } from '../serve/bodies.js';

interface Load {
  readonly port: number;
  readonly kind: BodyKind;
  readonly connections: number;
  readonly seconds: number;
}

/** The part of what the load generator says that is used; it has no types of its own. */
interface Said {
  readonly requests: { readonly total: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly duration: number;
  readonly errors: number;
  readonly non2xx: number;
}

const { port, kind, connections, seconds } = JSON.parse(process.argv[2]!) as Load;
const name = 'autocannon';
const { default: generate } = (await import(name)) as { default: (options: object) => Promise<Said> };
const said = await generate({
  url: `http://127.0.0.1:${port}`,
  connections,
  duration: seconds,
  requests: bodiesOf(kind),
});
if (said.errors > 0 || said.non2xx > 0) {
  throw new Error(`${said.errors} errors and ${said.non2xx} answers other than 2xx of ${said.requests.total}`);
}
const perSecond = said.requests.total / said.duration;
// Each connection always waits for one answer. The generator's own figures are whole milliseconds.
const average = (connections * 1000) / perSecond;
console.log(JSON.stringify({ perSecond, average, p50: said.latency.p50, p99: said.latency.p99 }));

// A process of its own that asks a server what its clients ask, at a steady pace: V2 JSON, binary tensors, pictures, what is
// refused, and clients that leave. Prints a line of JSON every few seconds: how many requests are done, and how they ended.
//   node test/serve/soak-load.mjs '{"port": 8080, "requests": 1000, "perSecond": 500}'
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { bodiesOf } from '#onward/bench/serve/bodies.js';

const { port, requests, perSecond } = JSON.parse(process.argv[2]);
const connections = 16;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const [json, binary, png] = [bodiesOf('json'), bodiesOf('binary'), bodiesOf('png')];

const bad = [
  { ...json[0], body: json[0].body.subarray(0, 5000) },
  { ...json[0], path: '/v2/models/nobody/infer' },
  { ...json[0], body: Buffer.from(json[0].body.toString().replace('[1,32,32,1]', '[1,32,32,3]')) },
  { ...binary[0], body: binary[0].body.subarray(0, -7) },
  { ...png[0], body: png[0].body.subarray(0, 900) },
  { ...png[0], headers: { 'Content-Type': 'image/nothing' } },
  { ...png[0], path: '/nowhere' },
];

/** The status of an answer, or the code of what came instead. */
const ask = (one) =>
  new Promise((resolve) => {
    const { path, method, headers, body } = one;
    const request = httpRequest({ agent, host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.on('end', () => resolve(response.statusCode)).on('error', (error) => resolve(error.code));
      response.resume();
    });
    // A connection that was idle for too long may be closed while the next request is on its way: every client asks again.
    const again = (error) => request.reusedSocket && error.code === 'ECONNRESET';
    request.on('error', (error) => resolve(again(error) ? ask(one) : error.code)).end(body);
  });

/** Goes away in the middle of its upload, right behind it, or with the first bytes of the answer. */
const leave = ({ path, method, headers, body }, when) =>
  new Promise((resolve) => {
    const all = { ...headers, Host: 'x', 'Content-Length': body.length };
    const head = `${method} ${path} HTTP/1.1\r\n${Object.entries(all)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {}).on('close', () => resolve('left'));
    socket.write(head);
    if (when === 2) socket.once('data', () => socket.destroy()).write(body);
    else socket.write(when === 0 ? body.subarray(0, body.length / 2) : body, () => socket.destroy());
  });

const of = (list, i) => list[i % list.length];

/** In every hundred 46 of JSON, 26 binary, 20 pictures, 4 that are refused and 4 that leave. */
function send(i) {
  const kind = (i * 37) % 100;
  const turn = Math.floor(i / 100);
  if (kind < 46) return ask(of(json, i));
  if (kind < 72) return ask(of(binary, i));
  if (kind < 92) return ask(of(png, i));
  if (kind < 96) return ask(of(bad, turn));
  return leave(of([json, binary, png][kind % 3], i), turn % 3);
}

let next = 0;
let done = 0;
const outcomes = {};
let start = performance.now();
const say = () => console.log(JSON.stringify({ done, outcomes }));
const clock = setInterval(say, Math.min(5000, (5 * requests) / perSecond));
await Promise.all(
  Array.from({ length: connections }, async () => {
    while (next < requests) {
      const i = next++;
      const wait = start + (i * 1000) / perSecond - performance.now();
      // A machine that stood still has nothing to catch up on.
      if (wait < -1000) start -= wait;
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      const outcome = await send(i);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      done++;
    }
  }),
);
clearInterval(clock);
say();
agent.destroy();

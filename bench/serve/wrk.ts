import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BodyKind, bodiesOf } from './bodies.js';
import type { Load, Loaded } from './load.js';

const run = promisify(execFile);

/** Whether it is on the PATH. It prints its version and exits with 1. */
export const hasWrk = (): Promise<boolean> =>
  run('wrk', ['--version']).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );

const luaText = (bytes: Uint8Array) =>
  `"${Array.from(bytes, (byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;

/** What wrk sends: the bodies in rotation, each made into a request before the load begins. */
function scriptOf(kind: BodyKind): string {
  const bodies = bodiesOf(kind);
  const { method, path, headers } = bodies[0]!;
  return `wrk.method, wrk.path = "${method}", "${path}"
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers["${name}"] = "${value}"`)
  .join('\n')}
local requests, at = {}, 0
init = function()
  for i, body in ipairs({ ${bodies.map(({ body }) => luaText(body)).join(',\n')} }) do
    requests[i] = wrk.format(nil, nil, nil, body)
  end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
`;
}

/** In milliseconds: `1.50ms`, `900.00us`, `1.2s`. */
function milliseconds(said: string, percentile: string): number {
  const [, number, unit] = new RegExp(`^\\s+${percentile}%\\s+([\\d.]+)(us|ms|s|m)$`, 'm').exec(said)!;
  return Number(number) * { us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit as 'us' | 'ms' | 's' | 'm'];
}

/** Load from wrk, one thread. @throws Error when a request was not answered by 2xx */
export async function loadByWrk(folder: string, { port, kind, connections, seconds }: Load): Promise<Loaded> {
  const script = join(folder, `${kind}.lua`);
  await writeFile(script, scriptOf(kind));
  const flags = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script];
  const { stdout } = await run('wrk', [...flags, `http://127.0.0.1:${port}`]);
  const wrong = /^.*(Non-2xx|Socket errors).*$/m.exec(stdout);
  if (wrong) throw new Error(wrong[0].trim());
  const perSecond = Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(stdout)![1]);
  return {
    perSecond,
    average: (connections * 1000) / perSecond,
    p50: milliseconds(stdout, '50'),
    p99: milliseconds(stdout, '99'),
  };
}

import { isIP } from 'node:net';
import type { Context } from 'hono';
import { OnwardError } from '../../runtime/common/index.js';
import { hostOf } from './request.js';

/** An answer to a request that names a host which is not this one. */
export type HostCheck = (c: Context) => Response | undefined;

const name = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** `Example.com:8080` -> `example.com`, `[::1]:80` -> `::1` */
const withoutPort = (host: string) =>
  (/^\[([^\]]*)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '')).toLowerCase();

/**
 * Lets through what names an address, `localhost` or one of these hosts. A page of another site can have its own name lead to this
 * machine (DNS rebinding): for the browser it is then of the same origin as the server, but it still says its own name.
 * @param allowed host names without a port; `*` allows every one
 * @throws OnwardError kind `usage` for what is no host
 */
export function allowedHosts(allowed: readonly string[]): HostCheck {
  if (allowed.includes('*')) return () => undefined;
  const names = new Set(allowed.map((host) => host.toLowerCase()));
  for (const host of names) {
    if (name.test(host)) continue;
    throw new OnwardError(
      'usage',
      `--allowed-hosts: expected names of hosts without a port (example.com), or *, got ${JSON.stringify(host.slice(0, 60))}`,
    );
  }
  const isOurs = (host: string) =>
    isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost') || names.has(host);
  let last: string | undefined;
  return (c) => {
    const host = hostOf(c);
    // The same as the one before, nearly always; without one it is no browser.
    if (host === last || host === undefined) return undefined;
    if (isOurs(withoutPort(host))) {
      last = host;
      return undefined;
    }
    const said = JSON.stringify(host.slice(0, 80));
    return c.json(
      {
        error: `expected an address or localhost as the host of this server, got ${said}; start it with --allowed-hosts where that is its name`,
      },
      403,
    );
  };
}

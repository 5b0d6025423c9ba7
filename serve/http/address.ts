import { BlockList, isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import { OnwardError } from '../../runtime/common/index.js';
import { frontOf, headerOf, nodeOf } from './request.js';

/** Whose word about a client's address is taken. */
export type Trusted = (address: string) => boolean;

const named: { readonly [name: string]: readonly string[] } = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};
/** What a peer on a unix socket is called: it has no address. */
const unixPeer = 'unix';

/**
 * Proxies by address (`10.0.0.7`), network (`10.0.0.0/8`), or `loopback`, `private`, `unix`.
 * @throws OnwardError kind `usage` for another word
 */
export function trustedProxies(entries: readonly string[]): Trusted {
  const list = new BlockList();
  let unix = false;
  for (const entry of entries) {
    if (entry === unixPeer) unix = true;
    else for (const network of Object.hasOwn(named, entry) ? named[entry]! : [entry]) add(list, network);
  }
  return (address) => {
    if (address === unixPeer) return unix;
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

function add(list: BlockList, network: string): void {
  const [address, bits, more] = network.split('/');
  const version = isIP(address!);
  const most = version === 4 ? 32 : 128;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (version === 0 || more !== undefined || !(length <= most)) {
    throw new OnwardError(
      'usage',
      `--trust-proxy: expected addresses, networks (10.0.0.0/8), loopback, private or unix, got ${JSON.stringify(network.slice(0, 60))}`,
    );
  }
  list.addSubnet(address!, length, version === 4 ? 'ipv4' : 'ipv6');
}

/** So that `addressOf` knows whom to believe. */
export function believing(trusted: Trusted): MiddlewareHandler {
  return async function believing(c, next) {
    c.set('trusted', trusted);
    await next();
  };
}

/** Without the prefix by which IPv6 sockets write IPv4 addresses. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** `1.2.3.4:567` and `[::1]:80` -> the address; undefined for what is none. */
function entryOf(text: string): string | undefined {
  const trimmed = text.trim();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed)?.[1] ?? trimmed.replace(/^([\d.]+):\d+$/, '$1');
  return isIP(bare) === 0 ? undefined : plain(bare);
}

/**
 * The address of who asks. Behind trusted proxies it is what they wrote into `X-Forwarded-For`: from the right, the first that is
 * no trusted proxy itself. What stands left of it the client may have written.
 */
export function addressOf(c: Context): string {
  const socket = nodeOf(c)?.incoming.socket;
  const peer = plain(socket ? (socket.remoteAddress ?? unixPeer) : (frontOf(c)?.address ?? ''));
  const trusted = c.get('trusted') as Trusted | undefined;
  if (!trusted?.(peer)) return peer;
  const given = (headerOf(c, 'x-forwarded-for') ?? '').split(',').slice(-32);
  let address = peer;
  for (const text of given.reverse()) {
    const entry = entryOf(text);
    if (entry === undefined) break;
    address = entry;
    if (!trusted(entry)) break;
  }
  return address;
}

/** Who counts as one: an IPv4 address; of IPv6 the 64 bits that a provider gives to one customer. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const first = head.split(':').filter(Boolean);
  const last = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const all = [...first, ...Array<string>(Math.max(0, zeros)).fill('0'), ...last];
  return `${all
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/64`;
}

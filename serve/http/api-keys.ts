import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { OnwardError } from '../../runtime/common/index.js';
import { parseQuota, type Quota } from './quota.js';
import { parseRate, type Rate } from './rate.js';
import { headerOf } from './request.js';

/** A key that may ask, known by its hash alone. */
export interface ApiKey {
  /** Who has it: for logs, metrics and turns. */
  readonly name: string;
  /** sha256 of the key, 32 bytes. Keys are long and random, so nothing slower is needed. */
  readonly hash: Buffer;
  /** How often it may ask; default: as every client. */
  readonly rate?: Rate | undefined;
  /** How many images it may have; default: as many as it likes. */
  readonly quota?: Quota | undefined;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/**
 * Reads lines of `<name> <sha256 of the key, 64 hex digits> [rate=100/s] [quota=10000/day]`; empty ones and those that begin
 * with `#` say nothing.
 * @param file for messages
 * @throws OnwardError kind `input` for another line, a name that is there twice, or no key at all
 */
export function parseApiKeys(text: string, file: string): ApiKey[] {
  const keys: ApiKey[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || words[0]!.startsWith('#')) continue;
    const [name, hash, ...limits] = words;
    if (!/^[\w.@-]{1,64}$/.test(name!) || !/^[0-9a-f]{64}$/i.test(hash ?? '')) {
      throw new OnwardError(
        'input',
        `${file}: expected a name and the sha256 of its key (64 hex digits) in line ${i + 1}, got something else; make one with \`printf %s "$KEY" | sha256sum\``,
      );
    }
    if (keys.some((key) => key.name === name)) {
      throw new OnwardError('input', `${file}: the name ${name} is there twice; names tell keys apart`);
    }
    keys.push({ name: name!, hash: Buffer.from(hash!, 'hex'), ...limitsOf(limits, `${file}, line ${i + 1}`) });
  }
  if (keys.length === 0) throw new OnwardError('input', `${file}: expected at least one key, got none`);
  return keys;
}

function limitsOf(words: readonly string[], where: string): Pick<ApiKey, 'rate' | 'quota'> {
  const limits: { rate?: Rate; quota?: Quota } = {};
  for (const word of words) {
    const [what, value = ''] = word.split('=', 2);
    if (what === 'rate' && !limits.rate) limits.rate = parseRate(value, where);
    else if (what === 'quota' && !limits.quota) limits.quota = parseQuota(value, where);
    else {
      throw new OnwardError(
        'input',
        `${where}: expected rate=100/s or quota=10000/day behind the hash, each once, got ${JSON.stringify(word.slice(0, 40))}`,
      );
    }
  }
  return limits;
}

/** Whose key this is. Compares with every key, in a time that says nothing of them. */
export function ownerOf(key: string, keys: readonly ApiKey[]): string | undefined {
  const hash = sha256(key);
  let owner: string | undefined;
  for (const one of keys) if (timingSafeEqual(hash, one.hash)) owner = one.name;
  return owner;
}

/** The key of a request, by `Authorization: Bearer` or `X-API-Key`. @param header by its lower-case name */
export const keyShown = (header: (name: string) => string | undefined): string | undefined =>
  /^Bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1] ?? header('x-api-key');

/**
 * A 401 for who shows no key that is known, by `Authorization: Bearer` or `X-API-Key`.
 * @param refused is told before; what it throws is answered instead
 */
export function apiKeys(keys: readonly ApiKey[], refused: (c: Context) => void = () => {}): MiddlewareHandler {
  return async function apiKeys(c, next) {
    const shown = keyShown((name) => headerOf(c, name));
    if (shown === undefined) {
      refused(c);
      throw new HTTPException(401, {
        message: 'expected an API key in the header "Authorization: Bearer ..." or "X-API-Key", got none',
      });
    }
    const owner = ownerOf(shown, keys);
    if (owner === undefined) {
      refused(c);
      throw new HTTPException(401, { message: 'the API key is not one of those that may ask' });
    }
    c.set('key', owner);
    await next();
  };
}

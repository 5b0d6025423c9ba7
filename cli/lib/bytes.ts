import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};

/** A flag's value as bytes: `2GB`, `512 MiB`, `1000000`. */
export function byteCount(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmg]i?)?b?$/i.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(number) * units[(unit ?? '').toLowerCase()]!);
  if (!(bytes >= 1 && Number.isSafeInteger(bytes))) {
    throw new InvalidArgumentError(`Expected bytes, for example 512MB or 2GB, got "${text}".`);
  }
  return bytes;
}

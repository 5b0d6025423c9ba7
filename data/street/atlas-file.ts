import { readFile } from 'node:fs/promises';
import { fontsDigest, inCache, writeWhole } from '../../machine/index.js';
import { sha256Hex } from '../../runtime/common/index.js';
import type { Atlas } from './atlas.js';

/** Raised whenever the same fonts make another atlas: what lies in the cache is then not found again. */
const making = 1;

/** Where the atlas of these fonts lies. */
export const atlasPath = () => inCache('street-digits', `atlas-${making}-${fontsDigest()}`);

const headLength = 64 + 8;

/** A sha256 of what follows in hex, the length of the glyphs' JSON as 8 digits, that JSON, and the fields. */
export async function writeAtlas({ fields, glyphs, fonts }: Atlas): Promise<void> {
  const json = new TextEncoder().encode(JSON.stringify({ glyphs, fonts }));
  const body = Buffer.concat([new TextEncoder().encode(String(json.length).padStart(8, '0')), json, fields]);
  await writeWhole(atlasPath(), Buffer.concat([new TextEncoder().encode(sha256Hex(body)), body]));
}

/** @returns undefined where there is none, or not all of it, or not what was written */
export async function readAtlas(): Promise<Atlas | undefined> {
  const bytes = await readFile(atlasPath()).catch(() => undefined);
  if (!bytes || bytes.subarray(0, 64).toString() !== sha256Hex(bytes.subarray(64))) return undefined;
  const jsonEnd = headLength + Number(bytes.subarray(64, headLength).toString());
  const { glyphs, fonts } = JSON.parse(bytes.subarray(headLength, jsonEnd).toString()) as Omit<Atlas, 'fields'>;
  const fields = new Uint8Array(new SharedArrayBuffer(bytes.length - jsonEnd));
  fields.set(bytes.subarray(jsonEnd));
  return { fields, glyphs, fonts };
}

import { dirname } from 'node:path';
import { OnwardError } from '../../runtime/common/index.js';
import { descriptionBeside, type LoadFileOptions } from '../../runtime/model/index.node.js';
import { readServable, type Servable } from '../models/index.js';
import { fingerprintOf } from './fingerprint.js';
import type { Found, Scan } from './found.js';
import { readAside } from './read-aside.js';

export type FileOptions = LoadFileOptions;

/** Of a file and of what describes it; undefined where there is no such file. */
async function fingerprintWith(path: string, { classifier = descriptionBeside(path) }: FileOptions) {
  const own = await fingerprintOf(path);
  const description = await fingerprintOf(classifier);
  return own && (description === undefined ? own : `${own} ${description}`);
}

/** @returns undefined where there is no such file */
export async function foundIn(
  path: string,
  name: string,
  version: string,
  options: FileOptions,
): Promise<Found | undefined> {
  const fingerprint = await fingerprintWith(path, options);
  if (fingerprint === undefined) return undefined;
  return { name, version, file: path, fingerprint, read: (aside) => readWhole(path, options, aside) };
}

/** What is read while somebody writes may be neither the old nor the new file. */
async function readWhole(path: string, options: FileOptions, aside: boolean): Promise<Servable> {
  const before = await fingerprintWith(path, options);
  const servable = await (aside ? readAside(path, options) : readServable(path, options));
  if (before !== (await fingerprintWith(path, options))) {
    throw new OnwardError('input', `${path}: it was changed while it was read`);
  }
  return servable;
}

/** One file as version 1. Where it is gone, it is found all the same, and reading it says so: what answers stays. */
export async function scanFile(path: string, name: string, options: FileOptions): Promise<Scan> {
  const gone: Found = {
    ...{ name, version: '1', file: path, fingerprint: 'gone' },
    read: () => readServable(path, options),
  };
  const found = (await foundIn(path, name, '1', options)) ?? gone;
  return { found: [found], refused: [], folders: [dirname(path)] };
}

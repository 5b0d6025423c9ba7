import type { Servable } from '../models/index.js';

/** A file that a scan found: a version of a model. */
export interface Found {
  readonly name: string;
  /** A whole number from 1 up, as text. */
  readonly version: string;
  /** For messages. */
  readonly file: string;
  /** Changes whenever the file does, or what describes it. */
  readonly fingerprint: string;
  /**
   * @param aside in a thread of its own, so that requests go on meanwhile
   * @throws OnwardError kind `input`: unreadable, damaged, altered, or changed while it was read
   */
  read(aside: boolean): Promise<Servable>;
}

/** Something that looks like a model and is not taken, and why. */
export interface Refused {
  readonly name: string;
  readonly version: string;
  readonly reason: string;
}

/** What is on the disk now. */
export interface Scan {
  readonly found: readonly Found[];
  readonly refused: readonly Refused[];
  /** Folders in which something may change. */
  readonly folders: readonly string[];
  /** The text of the settings; undefined where there are none. */
  readonly settings?: string | undefined;
}

/** Newer ones first: versions are compared as numbers, which may have more digits than a float holds. */
export const byVersion = (a: { readonly version: string }, b: { readonly version: string }): number =>
  b.version.length - a.version.length || (a.version < b.version ? 1 : a.version > b.version ? -1 : 0);

/** `digits/2` */
export const keyOf = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `${name}/${version}`;

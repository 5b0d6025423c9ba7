import { readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Availability, OnwardError, sha256Hex } from '../runtime/common/index.js';
import { exists, inCache, sizeOf, wholeFolder } from './cache.js';
import { type SetupOutcome, type StepOptions, step } from './outcome.js';
import { npmInstall } from './packages.js';

/**
 * Families with an open licence (OFL 1.1, Apache 2.0, or Ubuntu's) whose digits look like those on houses, each a package
 * `@fontsource/<family>`, and the weights that are read. Their order is part of what a seed means: new ones go to the end.
 */
export const fontFamilies: Readonly<Record<string, readonly number[]>> = {
  arimo: [400, 700],
  roboto: [400, 700, 900],
  'open-sans': [400, 700],
  lato: [400, 700, 900],
  montserrat: [400, 700, 900],
  poppins: [400, 700, 900],
  questrial: [400],
  jost: [400, 700, 900],
  'josefin-sans': [400, 700],
  'league-spartan': [400, 700, 900],
  'didact-gothic': [400],
  quicksand: [400, 700],
  'varela-round': [400],
  nunito: [400, 700, 900],
  rubik: [400, 700, 900],
  'fira-sans': [400, 700, 900],
  'titillium-web': [400, 700, 900],
  overpass: [400, 700, 900],
  ubuntu: [400, 700],
  righteous: [400],
  'archivo-black': [400],
  'lilita-one': [400],
  'passion-one': [400, 700, 900],
  staatliches: [400],
  oswald: [400, 700],
  'bebas-neue': [400],
  anton: [400],
  'archivo-narrow': [400, 700],
  'barlow-condensed': [400, 700, 900],
  'roboto-condensed': [400, 700, 900],
  'pt-sans-narrow': [400, 700],
  'fjalla-one': [400],
  dosis: [400, 700],
  tinos: [400, 700],
  'libre-baskerville': [400, 700],
  'libre-caslon-text': [400, 700],
  'bodoni-moda': [400, 700, 900],
  'old-standard-tt': [400, 700],
  merriweather: [400, 700, 900],
  'playfair-display': [400, 700, 900],
  gelasio: [400, 700],
  prata: [400],
  cinzel: [400, 700, 900],
  rokkitt: [400, 700, 900],
  'roboto-slab': [400, 700, 900],
  arvo: [400, 700],
  'zilla-slab': [400, 700],
  'bree-serif': [400],
  graduate: [400],
  'patua-one': [400],
  domine: [400, 700],
  'abril-fatface': [400],
  volkhov: [400, 700],
  'alfa-slab-one': [400],
  'special-elite': [400],
  'courier-prime': [400, 700],
  lobster: [400],
  courgette: [400],
  'dancing-script': [400, 700],
  'kaushan-script': [400],
  satisfy: [400],
  'patrick-hand': [400],
  'permanent-marker': [400],
  caveat: [400, 700],
  kalam: [400, 700],
  'black-ops-one': [400],
  'saira-stencil-one': [400],
  orbitron: [400, 700, 900],
};
const fontsVersion = '5.3.0';
const reader = 'opentype.js';
const readerVersion = '2.0.0';

/** The part of `opentype.js` that is used. Lengths in font units, y upwards. */
export interface FontFile {
  charToGlyph(character: string): {
    readonly advanceWidth: number;
    readonly path: { readonly commands: readonly PathCommand[] };
  };
}
export type PathCommand =
  | { readonly type: 'M' | 'L'; readonly x: number; readonly y: number }
  | { readonly type: 'Q'; readonly x1: number; readonly y1: number; readonly x: number; readonly y: number }
  | {
      readonly type: 'C';
      readonly x1: number;
      readonly y1: number;
      readonly x2: number;
      readonly y2: number;
      readonly x: number;
      readonly y: number;
    }
  | { readonly type: 'Z' };

function packages(): { [name: string]: string } {
  const families = Object.keys(fontFamilies).map((family) => [`@fontsource/${family}`, fontsVersion]);
  return Object.fromEntries([[reader, readerVersion], ...families]);
}

/** Of the fonts' families, weights and versions: 8 hex digits. */
export const fontsDigest = (): string =>
  sha256Hex(new TextEncoder().encode(JSON.stringify([packages(), fontFamilies]))).slice(0, 8);

/** Exactly these versions, so that every machine draws the same: another version has another folder. */
const fontsFolder = (): string => inCache('peers', `fonts-${fontsDigest()}`);

const fileOf = (family: string, weight: number) =>
  join('node_modules', '@fontsource', family, 'files', `${family}-latin-${weight}-normal.woff`);

/** Whether the fonts are in the cache. */
export async function probeFonts(): Promise<Availability> {
  const folder = fontsFolder();
  if (await exists(folder)) return { available: true, version: fontsVersion, device: folder };
  return { available: false, reason: 'the fonts are not in the cache', remedy: 'run `npx onward setup fonts`' };
}

/** Makes the fonts and what reads them be in the cache: of each package the files that are read, and its licence. Never throws. */
export function ensureFonts({ onProgress, signal }: StepOptions = {}): Promise<SetupOutcome> {
  return step('fonts', async () => {
    const folder = fontsFolder();
    const status = await wholeFolder(
      folder,
      async (temporary) => {
        onProgress?.(
          `Installing ${Object.keys(fontFamilies).length} families of fonts, and ${reader}@${readerVersion}`,
        );
        await npmInstall(temporary, packages(), signal);
        await removeWhatIsNotRead(temporary);
      },
      () => onProgress?.('Another process is installing the fonts; waiting for it'),
      signal,
    );
    return { status, folder, bytes: await sizeOf(folder) };
  });
}

async function removeWhatIsNotRead(folder: string): Promise<void> {
  for (const [family, weights] of Object.entries(fontFamilies)) {
    const root = join(folder, 'node_modules', '@fontsource', family);
    const kept = new Set(weights.map((weight) => join(folder, fileOf(family, weight))));
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || kept.has(path) || /^(package\.json|LICENSE.*)$/i.test(entry.name)) continue;
      await rm(path);
    }
  }
}

/**
 * The fonts, in the order of `fontFamilies` and their weights.
 * @throws OnwardError kind `missing` when they are not in the cache
 */
export async function loadFonts(): Promise<{ readonly name: string; readonly font: FontFile }[]> {
  const folder = fontsFolder();
  if (!(await exists(folder))) {
    throw new OnwardError(
      'missing',
      `Drawing street digits needs ${Object.keys(fontFamilies).length} families of open fonts, but they are not there: run \`npx onward setup fonts\`.`,
    );
  }
  const { parse } = createRequire(join(folder, 'package.json'))(reader) as { parse(file: ArrayBuffer): FontFile };
  const files = Object.entries(fontFamilies).flatMap(([family, weights]) =>
    weights.map((weight) => ({ name: `${family} ${weight}`, file: join(folder, fileOf(family, weight)) })),
  );
  return Promise.all(
    files.map(async ({ name, file }) => {
      const bytes = await readFile(file);
      return {
        name,
        font: parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer),
      };
    }),
  );
}

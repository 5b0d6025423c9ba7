import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OnwardError } from '../../runtime/common/index.js';
import { bundledFolder, bundledHere } from './bundled.js';

/** A browser that can be started. */
export interface BrowserProgram {
  /** `bundled`: the Chromium that `setup` unpacked; `named`: by ONWARD_BROWSER or CHROME_PATH; else the person's own. */
  readonly kind: 'bundled' | 'named' | 'chrome' | 'msedge';
  readonly path: string;
}

const environment = ['ONWARD_BROWSER', 'CHROME_PATH'] as const;

/** Where Chrome and Edge install themselves, by platform. */
const installed: { readonly [platform: string]: readonly (readonly ['chrome' | 'msedge', string])[] } = {
  linux: [
    ['chrome', '/opt/google/chrome/chrome'],
    ['chrome', '/usr/bin/google-chrome'],
    ['chrome', '/usr/bin/chromium'],
    ['msedge', '/opt/microsoft/msedge/msedge'],
  ],
  darwin: [
    ['chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
    ['msedge', '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'],
  ],
  win32: [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    .filter((root) => root !== undefined)
    .flatMap((root) => [
      ['chrome', join(root, 'Google', 'Chrome', 'Application', 'chrome.exe')] as const,
      ['msedge', join(root, 'Microsoft', 'Edge', 'Application', 'msedge.exe')] as const,
    ]),
};

/**
 * The browser to drive: the one that the environment names, else the bundled one, else the person's own Chrome or Edge.
 * @returns undefined when there is none
 * @throws OnwardError kind `missing` when the environment names one that is not there
 */
export function findBrowser(): BrowserProgram | undefined {
  for (const variable of environment) {
    const path = process.env[variable];
    if (!path) continue;
    if (existsSync(path)) return { kind: 'named', path };
    throw new OnwardError(
      'missing',
      `${variable} names the browser ${path}, but there is no such file: correct it, or unset it to use another browser.`,
    );
  }
  const bundled = join(bundledFolder(), 'chromium');
  if (bundledHere() && existsSync(bundled)) return { kind: 'bundled', path: bundled };
  return findInstalledBrowser();
}

/** The person's own Chrome or Edge. */
export function findInstalledBrowser(): BrowserProgram | undefined {
  const found = installed[process.platform]?.find(([, path]) => existsSync(path));
  return found && { kind: found[0], path: found[1] };
}

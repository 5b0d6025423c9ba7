import type { Browser } from 'playwright-core';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { importPeer } from '../peers.js';
import { bundledEnvironment } from './bundled.js';
import { findBrowser } from './find.js';

/**
 * WebGPU, threads and service workers, with the GPU emulated in software. The package's own list would also switch off
 * web security and isolation: tests of threads, content security policies and CORS would then prove nothing.
 */
const softwareArguments = [
  '--headless=shell',
  '--no-sandbox',
  '--ignore-gpu-blocklist',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

/** The person's own browser has the machine's own GPU. */
const ownArguments = ['--ignore-gpu-blocklist', '--enable-unsafe-webgpu'];

export interface LaunchBrowserOptions {
  /** Emulates the GPU in software; default: in the bundled and in named browsers, which may have no GPU. */
  readonly software?: boolean;
}

/**
 * Starts a headless browser. The caller closes it.
 * @throws OnwardError kind `missing` when there is none that starts, with what brings one
 */
export async function launchBrowser(options: LaunchBrowserOptions = {}): Promise<Browser> {
  const { chromium } = await importPeer('playwright-core');
  const program = findBrowser();
  if (!program) {
    throw new OnwardError(
      'missing',
      'This needs a browser, and neither the bundled Chromium nor Chrome or Edge is there: run `npx onward setup browser`, or name one with ONWARD_BROWSER.',
    );
  }
  const bundled = program.kind === 'bundled';
  const software = options.software ?? (bundled || program.kind === 'named');
  try {
    return await chromium.launch({
      executablePath: program.path,
      headless: true,
      // Its own handlers would end this process before the caller has stopped. The browser ends with the pipe to it.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      args: software ? softwareArguments : ownArguments,
      env: definedOnly({ ...process.env, ...(bundled ? await bundledEnvironment() : {}) }),
    });
  } catch (error) {
    throw new OnwardError(
      'missing',
      `The browser ${program.path} does not start (${messageOf(error).slice(0, 300)}): name another one with ONWARD_BROWSER, or run \`npx onward setup browser\`.`,
      { cause: error },
    );
  }
}

function definedOnly(env: NodeJS.ProcessEnv): { [name: string]: string } {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

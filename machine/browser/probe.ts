import { type Availability, messageOf } from '../../runtime/common/index.js';
import { findPeer, remedyFor } from '../peers.js';
import { bundledHere } from './bundled.js';
import { findBrowser } from './find.js';
import { launchBrowser } from './launch.js';

let works: Promise<Availability> | undefined;

/** Looks for a browser and starts it once (about a second); what works is not asked again. Never throws. */
export async function probeBrowser(): Promise<Availability> {
  const answer = await (works ?? probe());
  if (answer.available) works = Promise.resolve(answer);
  return answer;
}

async function probe(): Promise<Availability> {
  if (!findPeer('playwright-core')) {
    return {
      available: false,
      reason: 'the package playwright-core is not here',
      remedy: `run ${remedyFor('playwright-core')}`,
    };
  }
  const remedy = bundledHere()
    ? 'run `npx onward setup browser`'
    : 'install Chrome or Edge, or name a Chromium with ONWARD_BROWSER=/path/to/it';
  try {
    const program = findBrowser();
    if (!program) return { available: false, reason: 'there is no browser that can be driven', remedy };
    const browser = await launchBrowser();
    const version = browser.version();
    await browser.close();
    return { available: true, version, device: program.kind === 'bundled' ? 'bundled Chromium' : program.path };
  } catch (error) {
    return { available: false, reason: messageOf(error), remedy };
  }
}

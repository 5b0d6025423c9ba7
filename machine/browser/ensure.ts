import { sizeOf } from '../cache.js';
import { Impossible, type SetupOutcome, type StepOptions, step } from '../outcome.js';
import { bundledFolder, bundledHere, unpackBundled } from './bundled.js';
import { findBrowser } from './find.js';

/** Makes a browser be there: unpacks the bundled Chromium on Linux x64, elsewhere finds the person's own. Never throws. */
export function ensureBrowser(options: StepOptions = {}): Promise<SetupOutcome> {
  return step('browser', async () => {
    const named = process.env.ONWARD_BROWSER || process.env.CHROME_PATH;
    if (bundledHere() && !named) {
      const status = await unpackBundled(options);
      return { status, folder: bundledFolder(), bytes: await sizeOf(bundledFolder()) };
    }
    const program = findBrowser();
    if (program) return { status: 'reused', folder: program.path };
    throw new Impossible(
      `there is neither Chrome nor Edge, and the bundled Chromium is for Linux x64 only, not for ${process.platform} ${process.arch}`,
      'install Chrome or Edge, or name a Chromium with ONWARD_BROWSER=/path/to/it',
    );
  });
}

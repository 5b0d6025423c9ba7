import { probeBrowser } from '../../machine/index.js';
import { type Availability, messageOf, OnwardError } from '../common/index.js';
import { joinPage } from './browser-host.node.js';
import type { Engine } from './engine.js';
import { guarded } from './guarded.js';

/** An engine of the page as Node sees it: in a real browser, without a window, that this process drives. */
export function webEngine({ name, tolerance }: Pick<Engine, 'name' | 'tolerance'>): Engine {
  let slow = false;
  // Looking starts a browser, which takes a second; what it found does not change while this process runs.
  let found: Availability | undefined;

  async function look(): Promise<Availability> {
    const page = await joinPage(name);
    try {
      const probed = await page.ask({ verb: 'probe', engine: name });
      slow = probed.slow;
      const { availability } = probed;
      return availability.available
        ? { ...availability, device: `${page.browser}, ${availability.device}` }
        : { ...availability, reason: `in ${page.browser}: ${availability.reason}` };
    } finally {
      await page.leave();
    }
  }

  return {
    name,
    tolerance,
    get slow() {
      return slow;
    },
    async probe() {
      if (found) return found;
      try {
        const availability = await look();
        if (availability.available) found = availability;
        return availability;
      } catch (error) {
        // Asked only now: it would start a browser of its own.
        const browser = await probeBrowser();
        if (!browser.available) return browser;
        return { available: false, reason: messageOf(error), remedy: 'run `npx onward doctor`' };
      }
    },
    async open(model, { threads } = {}) {
      const page = await joinPage(name, threads);
      try {
        const { bytes, ...rest } = model;
        const file = page.offer(bytes);
        const opened = await page.ask({
          verb: 'open',
          engine: name,
          // Checked here, against the samples that are here.
          model: { ...rest, golden: undefined },
          address: file.address,
          threads,
        });
        file.end();
        const { session, ...facts } = opened;
        slow = facts.slow;
        return guarded({
          engine: name,
          ...facts,
          device: `${page.browser}, ${opened.device}`,
          model,
          async run(images, count) {
            const exchange = page.offer(images);
            try {
              await page.ask({ verb: 'predict', session, address: exchange.address, count });
              const answer = exchange.answer();
              if (!answer) throw new OnwardError('system', `${name}: the page answered without any probabilities`);
              return new Float32Array(answer.buffer);
            } finally {
              exchange.end();
            }
          },
          async release() {
            // Where the browser has ended there is nothing left to close.
            await page.ask({ verb: 'close', session }).catch(() => {});
            await page.leave();
          },
        });
      } catch (error) {
        await page.leave();
        throw error;
      }
    },
  };
}

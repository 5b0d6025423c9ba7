import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../machine/index.js';
import { messageOf, OnwardError } from '../common/index.js';
import { fromFailure } from './failure.js';
import { type PageServer, servePage } from './page-server.node.js';
import type { PageAnswer, PageTask, PageValues } from './page-task.js';

/** One browser and one server for all sessions of this process; gone with the last of them. */
interface Host {
  readonly browser: Browser;
  readonly server: PageServer;
}

let host: Promise<Host> | undefined;
let users = 0;

async function startHost(): Promise<Host> {
  const server = await servePage();
  try {
    return { browser: await launchBrowser(), server };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function joinHost(): Promise<Host> {
  users++;
  host ??= startHost();
  const joined = host;
  try {
    return await joined;
  } catch (error) {
    users--;
    // The next one tries again.
    if (host === joined) host = undefined;
    throw error;
  }
}

async function leaveHost({ browser, server }: Host): Promise<void> {
  users--;
  if (users > 0) return;
  host = undefined;
  await Promise.all([browser.close().catch(() => {}), server.close()]);
}

/** A page of the browser with the web engines in it. */
export interface EnginePage {
  /** `Chromium 147` */
  readonly browser: string;
  ask<Verb extends PageTask['verb']>(task: PageTask & { verb: Verb }): Promise<PageValues[Verb]>;
  offer: PageServer['offer'];
  close(): Promise<void>;
}

/** @throws OnwardError kind `missing` when there is no browser, or the page was not built */
export async function openPage(engine: string): Promise<EnginePage> {
  const joined = await joinHost();
  const { browser, server } = joined;
  let page: Page | undefined;
  const close = async () => {
    await page
      ?.context()
      .close()
      .catch(() => {});
    await leaveHost(joined);
  };
  try {
    page = await (await browser.newContext()).newPage();
    const opened = page;
    await opened.goto(`${server.origin}/engine.html`);
    const name = browser.browserType().name();
    return {
      browser: `${name[0]!.toUpperCase()}${name.slice(1)} ${browser.version().split('.')[0]}`,
      async ask(task) {
        const { value, failure } = await opened
          .evaluate(
            (asked) => (globalThis as unknown as { onward: (task: PageTask) => PageAnswer }).onward(asked),
            task,
          )
          .catch((error: unknown) => {
            throw new OnwardError('system', `${engine}: the browser ended while it worked (${messageOf(error)})`);
          });
        if (failure) throw fromFailure(failure, engine);
        return value as never;
      },
      offer: server.offer,
      close,
    };
  } catch (error) {
    await close();
    throw error instanceof OnwardError
      ? error
      : new OnwardError('system', `${engine}: the page with the web engines did not open (${messageOf(error)})`);
  }
}

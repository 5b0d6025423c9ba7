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
  /**
   * By the threads that were asked for, which a page can choose once. Sessions share a page, as they do where people use
   * one: a page of its own would compile 27 MB of WASM again for each of them.
   */
  readonly pages: Map<number | undefined, Promise<Page>>;
}

/** A host while it starts and while it is used. */
interface Shared {
  readonly starting: Promise<Host>;
  users: number;
}

let shared: Shared | undefined;

function share(): Shared {
  const made: Shared = { starting: startHost(() => forget(made)), users: 0 };
  made.starting.catch(() => forget(made));
  return made;
}

/** Whoever comes next starts another one. */
function forget(one: Shared): void {
  if (shared === one) shared = undefined;
}

async function startHost(onEnd: () => void): Promise<Host> {
  const server = await servePage();
  try {
    const browser = await launchBrowser();
    browser.once('disconnected', onEnd);
    return { browser, server, pages: new Map() };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Joins before it is there, so that nobody who leaves at the same time closes it. */
function joinHost(): Shared {
  shared ??= share();
  shared.users++;
  return shared;
}

async function leaveHost(joined: Shared): Promise<void> {
  joined.users--;
  if (joined.users > 0) return;
  forget(joined);
  const host = await joined.starting.catch(() => undefined);
  await Promise.all([host?.browser.close().catch(() => {}), host?.server.close()]);
}

function pageOf({ browser, server, pages }: Host, threads: number | undefined): Promise<Page> {
  const forget = () => pages.delete(threads);
  const start = async () => {
    const page = await (await browser.newContext()).newPage();
    page.once('crash', forget);
    await page.goto(`${server.origin}/engine.html`);
    return page;
  };
  const known = pages.get(threads);
  if (known) return known;
  const page = start();
  pages.set(threads, page);
  page.catch(forget);
  return page;
}

/** A page of the browser with the web engines in it. */
export interface EnginePage {
  /** `Chromium 147` */
  readonly browser: string;
  ask<Verb extends PageTask['verb']>(task: PageTask & { verb: Verb }): Promise<PageValues[Verb]>;
  offer: PageServer['offer'];
  /** The last one to leave takes the browser along. */
  leave(): Promise<void>;
}

/** @throws OnwardError kind `missing` when there is no browser, or the page was not built */
export async function joinPage(engine: string, threads?: number): Promise<EnginePage> {
  const joined = joinHost();
  try {
    const host = await joined.starting;
    const { browser, server } = host;
    const page = await pageOf(host, threads);
    const name = browser.browserType().name();
    return {
      browser: `${name[0]!.toUpperCase()}${name.slice(1)} ${browser.version().split('.')[0]}`,
      async ask(task) {
        const { value, failure } = await page
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
      leave: () => leaveHost(joined),
    };
  } catch (error) {
    await leaveHost(joined);
    if (error instanceof OnwardError) throw error;
    throw new OnwardError('system', `${engine}: the page with the web engines did not open (${messageOf(error)})`);
  }
}

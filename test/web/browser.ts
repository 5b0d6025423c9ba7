import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

export interface OpenPage {
  readonly page: Page;
  /** Errors of the console and of scripts. */
  readonly errors: string[];
  /** Every address that was asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** A page with a profile of its own: nothing cached, no service worker. */
export async function newPage(browser: Browser): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  context.on('request', (request) => requests.push(request.url()));
  return { page, errors, requests, close: () => context.close() };
}

/** The model is loaded and an engine open. */
export const ready = (page: Page) => page.waitForSelector('body[data-ready]', { timeout: 60_000 });

/** The service worker has everything. */
export const offlineReady = (page: Page) => page.waitForSelector('#offline[data-state=ready]', { timeout: 60_000 });

export interface Shown {
  readonly label: string;
  /** Of every bar: name and percentage. */
  readonly bars: readonly (readonly [string, string])[];
}

/** Gives the page an image file and waits for the browser's own answer. */
export async function classify(page: Page, bytes: Uint8Array, name = 'image.png'): Promise<Shown> {
  await page.evaluate(() => document.getElementById('label')!.replaceChildren());
  const mimeType = name.endsWith('png') ? 'image/png' : 'application/octet-stream';
  await page.setInputFiles('#file', { name, mimeType, buffer: Buffer.from(bytes) });
  await page.waitForFunction(() => document.getElementById('probability')!.textContent?.includes('%'));
  return shown(page);
}

export async function shown(page: Page): Promise<Shown> {
  const label = await page.innerText('#label');
  const names = await page.locator('.bar-name').allInnerTexts();
  const values = await page.locator('.bar-value').allInnerTexts();
  return { label, bars: names.map((name, i) => [name, values[i]!] as const) };
}

/** What a page of ours must not do. */
export function expectClean({ errors, requests }: OpenPage, origin: string): void {
  expect(errors).toEqual([]);
  expect(requests.filter((url) => !url.startsWith(origin) && !url.startsWith('blob:'))).toEqual([]);
}

// A page from the disk in a browser without a network, and what it complains of.
import type { Browser, Page } from "playwright-core";

export interface OfflinePage {
  readonly page: Page;
  /** Errors of the console and of scripts, but for what other makers' templates ask of content delivery networks. */
  readonly complaints: readonly string[];
}

/** @param address file:// */
export async function openOffline(browser: Browser, address: string): Promise<OfflinePage> {
  const page = await (await browser.newContext({ offline: true })).newPage();
  const complaints: string[] = [];
  const fromAfar = /^https:\/\/(cdnjs\.cloudflare\.com|cdn\.jsdelivr\.net|unpkg\.com)\//;
  page.on("console", (message) => {
    if (message.type() === "error" && !fromAfar.test(message.location().url)) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(address);
  return { page, complaints };
}

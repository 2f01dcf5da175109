// A page from the disk in a browser without a network: what it asks for, and what it complains of.
import type { Browser, Page } from "playwright-core";

export interface OfflinePage {
  readonly page: Page;
  /** Errors of the console and of scripts, but for what other makers' templates ask of content delivery networks. */
  readonly complaints: readonly string[];
  /** Warnings of the console. */
  readonly warnings: readonly string[];
  /** Addresses. */
  readonly requests: readonly string[];
}

const fromAfar = /^https:\/\/(cdnjs\.cloudflare\.com|cdn\.jsdelivr\.net|unpkg\.com)\//;

/** @param address file:// */
export async function openOffline(browser: Browser, address: string): Promise<OfflinePage> {
  const page = await (await browser.newContext({ offline: true })).newPage();
  const complaints: string[] = [];
  const warnings: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "warning") warnings.push(message.text());
    if (message.type() === "error" && !fromAfar.test(message.location().url)) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(address);
  return { page, complaints, warnings, requests };
}

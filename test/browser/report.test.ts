// The report of the committed notebooks as a reader opens it: from the disk, without a network, by keyboard.
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeReport } from "../../src/notebook/report";
import { newFolder } from "../newFolder";
import { openBrowser } from "./notebookPage";
import { type OfflinePage, openOffline } from "./offlinePage";

const root = path.resolve(__dirname, "..", "..");
const figures = readdirSync(path.join(root, "notebooks", "figures")).filter((name) =>
  name.endsWith(".ipynb"),
);
const patience = { timeout: 120_000, interval: 100 };

describe("the report in a browser", { timeout: 2 * patience.timeout }, () => {
  let folder: string;
  let browser: Browser;
  let opened: OfflinePage;

  beforeAll(async () => {
    folder = newFolder("report");
    const out = path.join(folder, "index.html");
    const notebooks = figures.map((name) => path.join(root, "notebooks", "figures", name));
    await writeReport(notebooks, out, { title: "Figures" });
    browser = await openBrowser();
    opened = await openOffline(browser, pathToFileURL(out).href);
  }, patience.timeout);

  afterAll(async () => {
    await browser?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("shows a card with a picture and a verdict for every figure, and each leads to its notebook", async () => {
    const { page } = opened;
    const cards = page.locator(".cards > li");
    expect(await cards.count()).toBe(figures.length);
    for (const card of await cards.all()) {
      const target = await card.locator("a[href^='#']").first().getAttribute("href");
      expect(await page.locator(target!).count()).toBe(1);
      expect(await card.locator("img").first().getAttribute("alt")).not.toBe("");
    }
  });

  it("draws its figures when they are scrolled to", async () => {
    const first = opened.page.locator("main .igds-figure").first();
    await first.scrollIntoViewIfNeeded();
    await expect.poll(() => opened.page.locator(".main-svg").count(), patience).toBeGreaterThan(0);
  });

  it("lets the keyboard skip to the content", async () => {
    await opened.page.evaluate("window.scrollTo(0, 0)");
    await opened.page.keyboard.press("Tab");
    await opened.page.keyboard.press("Enter");
    expect(await opened.page.evaluate("document.activeElement.id")).toBe("main");
  });

  it("complains of nothing", () => {
    expect(opened.complaints).toEqual([]);
  });
});

// A notebook in JupyterLab as its reader uses it: by keyboard and mouse, and by what can be seen.

import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { findChromium } from "./chromium";

export async function openBrowser(): Promise<Browser> {
  const { executable, env } = await findChromium();
  return chromium.launch({ executablePath: executable, env, headless: true });
}

export class NotebookPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the notebook and waits until its kernel is idle. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page
      .locator(".jp-StatusBar-TextItem")
      .filter({ hasText: "TypeScript (IGDS) | Idle" })
      .waitFor();
  }

  cell(index: number): Locator {
    return this.page.locator(".jp-Notebook .jp-CodeCell").nth(index);
  }

  output(index: number): Locator {
    return this.cell(index).locator(".jp-OutputArea-output");
  }

  /** Starts a cell, as Shift+Enter does. */
  async start(index: number): Promise<void> {
    await this.edit(index);
    await this.page.keyboard.press("Shift+Enter");
  }

  /** Puts the cursor into a cell. */
  async edit(index: number): Promise<Locator> {
    const editor = this.cell(index).locator(".cm-content");
    await editor.click();
    await this.cell(index).locator(".cm-editor.cm-focused").waitFor();
    return editor;
  }

  /** Runs a cell until a new number stands beside it. */
  async run(index: number): Promise<void> {
    const before = await this.cell(index).locator(".jp-InputArea-prompt").innerText();
    await this.start(index);
    await this.prompt(index, /^\[\d+\]:$/)
      .filter({ hasNotText: before })
      .waitFor();
  }

  /** Waits until a started cell has its number. */
  async ended(index: number): Promise<void> {
    await this.prompt(index, /^\[\d+\]:$/).waitFor();
  }

  prompt(index: number, text: RegExp): Locator {
    return this.cell(index).locator(".jp-InputArea-prompt").filter({ hasText: text });
  }
}

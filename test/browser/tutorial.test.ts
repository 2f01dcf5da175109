// The first tutorial as a reader goes through it in JupyterLab: all cells, from top to bottom, then the stepper by hand,
// and the saved notebook exported as a page.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joined } from "../../src/notebook/notebookFile";
import { decode } from "../plot/images";
import { type LabSession, openLab } from "./labSession";
import { type NotebookPage, openBrowser } from "./notebookPage";
import { openOffline } from "./offlinePage";

const root = path.resolve(__dirname, "..", "..");
const name = "01-one-image-step-by-step.ipynb";
const source = path.join(root, "notebooks", "tutorials", name);
/** How long a busy machine may take for all cells. */
const patience = { timeout: 240_000, interval: 200 };

interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly source: string | readonly string[];
  execution_count?: number | null;
  outputs?: { readonly data?: Readonly<Record<string, unknown>> }[];
}

describe("the first tutorial in JupyterLab", { timeout: 2 * patience.timeout }, () => {
  const committed = JSON.parse(readFileSync(source, "utf8")) as { cells: Cell[] };
  const code = committed.cells.filter(({ cell_type }) => cell_type === "code");
  // Few images and steps do for what is tested here.
  const given = process.env.IGDS_PARAMETERS;
  let session: LabSession;
  let notebook: NotebookPage;

  beforeAll(async () => {
    const cells = committed.cells.map((cell) =>
      cell.cell_type === "code" ? { ...cell, execution_count: null, outputs: [] } : cell,
    );
    process.env.IGDS_PARAMETERS = '{"profile":"test"}';
    session = await openLab(
      name,
      (file) => writeFileSync(file, JSON.stringify({ ...committed, cells })),
      patience.timeout,
    );
    notebook = session.notebook;
    await notebook.page.getByRole("menuitem", { name: "Run", exact: true }).click();
    await notebook.page.getByRole("menuitem", { name: "Run All Cells", exact: true }).click();
    await notebook.ended(code.length - 1);
  }, 900_000);

  afterAll(async () => {
    if (given === undefined) delete process.env.IGDS_PARAMETERS;
    else process.env.IGDS_PARAMETERS = given;
    await session?.close();
  });

  it("runs every cell without an error", async () => {
    const prompts = await notebook.page
      .locator(".jp-Notebook .jp-CodeCell .jp-InputArea-prompt")
      .allInnerTexts();
    expect(prompts).toEqual(code.map((_, i) => `[${i + 1}]:`));
    expect(
      await notebook.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').allInnerTexts(),
    ).toEqual([]);
    expect(await notebook.page.locator(".jp-Notebook [data-mime-type*=error]").count()).toBe(0);
  });

  it("shows pictures, live figures and set formulas where the committed notebook has them", async () => {
    for (const [i, { outputs = [] }] of code.entries()) {
      const figures = outputs.filter(({ data = {} }) => "application/vnd.plotly.v1+json" in data).length;
      const pictures = outputs.filter(({ data = {} }) => Object.keys(data)[0] === "image/png").length;
      const cell = notebook.cell(i);
      await cell.scrollIntoViewIfNeeded();
      await expect
        .poll(() => cell.locator(".js-plotly-plot .main-svg").count(), {
          ...patience,
          message: `figures of code cell ${i}`,
        })
        .toBeGreaterThanOrEqual(figures);
      const images = cell.locator(".jp-RenderedImage img");
      expect(await images.count()).toBeGreaterThanOrEqual(pictures);
      for (const image of await images.all())
        expect(
          await image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth),
        ).toBeGreaterThan(20);
    }
    const formulas = notebook.page.locator(".jp-MarkdownCell mjx-container, .jp-MarkdownCell .MathJax");
    await expect.poll(() => formulas.count(), patience).toBeGreaterThan(5);
  });

  it("has a stepper that forks the road where beta is dragged", async () => {
    const at = code.findIndex(({ source: text }) => joined(text).includes("igds.stepper("));
    const stepper = notebook.cell(at).locator(".igds-stepper");
    await stepper.scrollIntoViewIfNeeded();
    const place = () => stepper.locator("output").innerText();
    const expected = stepper.locator("figure").nth(1).locator("img");
    const step = stepper.getByRole("button", { name: "step" });
    for (let i = 1; i <= 3; i++) {
      await step.click();
      await expect.poll(place, patience).toMatch(new RegExp(`^step ${i} of 6`));
    }
    const before = await expected.screenshot();
    const slider = (await stepper.locator('input[name="beta"]').boundingBox())!;
    const height = slider.y + slider.height / 2;
    await notebook.page.mouse.move(slider.x + slider.width * 0.1, height);
    await notebook.page.mouse.down();
    await notebook.page.mouse.move(slider.x + slider.width * 0.95, height, { steps: 5 });
    await notebook.page.mouse.up();
    await expect.poll(async () => (await expected.screenshot()).equals(before), patience).toBe(false);
    // Real content: a picture with dark and light in it.
    const picture = await decode(await expected.screenshot());
    const levels = Array.from(
      { length: picture.width * picture.height },
      (_, i) => picture.at(i % picture.width, Math.floor(i / picture.width))[0],
    );
    expect(Math.max(...levels) - Math.min(...levels)).toBeGreaterThan(100);
    for (let i = 4; i <= 6; i++) {
      await step.click();
      await expect.poll(place, patience).toMatch(new RegExp(`^step ${i} of 6`));
    }
  });

  it("saves as a notebook that shows the same without a kernel", async () => {
    await notebook.page.keyboard.press("Control+s");
    const saved = () =>
      (JSON.parse(readFileSync(path.join(session.folder, name), "utf8")) as typeof committed).cells;
    await expect
      .poll(() => saved().filter(({ execution_count }) => execution_count).length, patience)
      .toBe(code.length);
    const live = saved().flatMap(({ outputs = [] }) =>
      outputs.filter(({ data = {} }) => "application/vnd.plotly.v1+json" in data),
    );
    expect(live.length).toBeGreaterThan(2);
    for (const { data = {} } of live)
      expect(Object.keys(data)).toEqual(expect.arrayContaining(["image/png", "text/plain"]));
  });

  it("is exported as a page that shows the same offline", async () => {
    const program = path.join(root, ".venv", "bin", "python");
    execFileSync(program, [
      "-m",
      "nbconvert",
      "--to",
      "html",
      "--log-level",
      "WARN",
      path.join(session.folder, name),
    ]);
    const page = pathToFileURL(path.join(session.folder, name.replace(".ipynb", ".html"))).href;
    const browser = await openBrowser();
    try {
      const { page: shown, complaints } = await openOffline(browser, page);
      const figures = code.flatMap(({ outputs = [] }) =>
        outputs.filter(({ data = {} }) => "application/vnd.plotly.v1+json" in data),
      ).length;
      await expect
        .poll(() => shown.locator(".js-plotly-plot .main-svg, .plotly .main-svg").count(), patience)
        .toBeGreaterThanOrEqual(figures);
      const widths = await shown
        .locator("img")
        .evaluateAll((images) =>
          images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
        );
      expect(widths.length).toBeGreaterThan(3);
      expect(Math.min(...widths)).toBeGreaterThan(20);
      // nbconvert fetches MathJax, RequireJS and Mermaid from elsewhere; nothing of ours is.
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

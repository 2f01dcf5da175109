// The first tutorial as a reader goes through it in JupyterLab: all cells, from top to bottom.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LabSession, openLab } from "./labSession";
import type { NotebookPage } from "./notebookPage";

const name = "01-one-image-step-by-step.ipynb";
const source = path.resolve(__dirname, "..", "..", "notebooks", "tutorials", name);
/** How long a busy machine may take for all cells. */
const patience = { timeout: 240_000, interval: 200 };

interface Cell {
  readonly cell_type: "code" | "markdown";
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
});

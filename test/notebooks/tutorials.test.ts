// The real tutorial, cell by cell through the project's kernel, on fewer images.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(__dirname, "..", "..");

interface Cell {
  readonly cell_type: string;
  readonly source: readonly string[];
  readonly outputs?: readonly { readonly output_type: string; readonly data?: Record<string, unknown> }[];
}

describe("the first tutorial", { timeout: 900_000 }, () => {
  let work: string;
  let cells: readonly Cell[];

  beforeAll(() => {
    const parent = path.join(root, "out", "test");
    mkdirSync(parent, { recursive: true });
    work = mkdtempSync(path.join(parent, "tutorial-"));
    const { status, stdout, stderr } = spawnSync(
      path.join(root, ".venv", "bin", "python"),
      [
        path.join(root, "src", "setup", "python", "run_notebooks.py"),
        "--root",
        root,
        "--out",
        path.join(work, "done"),
        "--parameters",
        '{"ipc":2,"steps":12}',
        path.join(root, "notebooks", "tutorials", "01-one-image-step-by-step.ipynb"),
      ],
      { encoding: "utf8" },
    );
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    const file = path.join(work, "done", "tutorials", "01-one-image-step-by-step.ipynb");
    cells = (JSON.parse(readFileSync(file, "utf8")) as { cells: Cell[] }).cells;
  }, 900_000);

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it("runs without an error, every code cell of it", () => {
    const code = cells.filter(({ cell_type }) => cell_type === "code");
    expect(code.length).toBeGreaterThan(8);
    expect(
      code.flatMap(({ outputs }) => outputs ?? []).filter(({ output_type }) => output_type === "error"),
    ).toEqual([]);
  });

  it("shows its figures live, offline, and as static pictures", () => {
    const figures = cells
      .flatMap(({ outputs }) => outputs ?? [])
      .filter(({ data }) => data && "application/vnd.plotly.v1+json" in data);
    expect(figures.length).toBeGreaterThanOrEqual(3);
    for (const { data } of figures)
      expect(Object.keys(data!)).toEqual(expect.arrayContaining(["text/html", "image/png", "text/plain"]));
  });

  it("shows images as grids, and no handle of show() as text", () => {
    const pictures = cells
      .flatMap(({ outputs }) => outputs ?? [])
      .filter(({ data }) => data && "image/png" in data);
    expect(pictures.length).toBeGreaterThanOrEqual(10);
    expect(JSON.stringify(cells)).not.toContain("[Function: update]");
  });
});

// Notebooks through the project's kernel, as set-up executes them.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";

export const root = path.resolve(__dirname, "..", "..");

/** Folders all of whose notebooks tutorials.test.ts runs. */
export const executedFolders: readonly string[] = ["tutorials", "explore"];

/** Figures that figures.test.ts draws from their stored numbers, and those for which it computes some. */
export const storedFigures: readonly string[] = [
  "ablation",
  "beta-of-ipc",
  "context-scales-with-ipc",
  "cross-architecture",
  "low-ipc-diversity",
  "two-informations",
];
export const computedFigures: readonly string[] = ["bounds-are-tight", "denoising-steps"];

/** Notebooks of these folders, by folder and file under notebooks/. */
export const notebooksIn = (folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    readdirSync(path.join(root, "notebooks", folder))
      .filter((name) => name.endsWith(".ipynb"))
      .map((name) => `${folder}/${name}`),
  );

export interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs?: readonly Output[];
}

/**
 * Executes notebooks, and expects that none ends with an error.
 * @param work a folder inside the project, where their imports are found
 * @param from notebooks or folders of them: absolute, or from the root
 */
export function execute(work: string, from: readonly string[], parameters: object): void {
  const { status, stdout, stderr } = spawnSync(
    path.join(root, ".venv", "bin", "python"),
    [
      path.join(root, "src", "setup", "python", "run_notebooks.py"),
      "--root",
      root,
      "--out",
      path.join(work, "done"),
      "--parameters",
      JSON.stringify(parameters),
      ...from.map((place) => path.resolve(root, place)),
    ],
    { encoding: "utf8" },
  );
  expect(status, `${stdout}\n${stderr}`).toBe(0);
}

export function cellsOf(file: string): readonly Cell[] {
  return (JSON.parse(readFileSync(file, "utf8")) as { cells: Cell[] }).cells;
}

export const outputsOf = (file: string): Output[] => cellsOf(file).flatMap(({ outputs }) => outputs ?? []);

/** Where an executed notebook is. @param notebook folder and file under notebooks/, or the file's name for others */
export const executed = (work: string, notebook: string): string => path.join(work, "done", notebook);

/** No cell has failed, and there are figures, each of them live and as a picture. */
export function expectFigures(outputs: readonly Output[]): void {
  expect(outputs.filter(({ output_type }) => output_type === "error")).toEqual([]);
  const figures = outputs.filter(({ data }) => data && "application/vnd.plotly.v1+json" in data);
  expect(figures.length).toBeGreaterThan(0);
  for (const { data } of figures)
    expect(Object.keys(data!)).toEqual(expect.arrayContaining(["text/html", "image/png", "text/plain"]));
}

// Notebooks through the project's kernel, as set-up executes them.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";

export const root = path.resolve(__dirname, "..", "..");

export interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly outputs?: readonly Output[];
}

export const joined = (text: string | readonly string[] = "") => [text].flat().join("");

/** A new folder for executed notebooks, inside the project, where their imports are found. */
export function workFolder(name: string): string {
  const parent = path.join(root, "out", "test");
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(path.join(parent, `${name}-`));
}

/**
 * Executes notebooks, and expects that none ends with an error.
 * @param work folder of workFolder
 * @param from notebooks or folders of them, from the root
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
      ...from.map((place) => path.join(root, place)),
    ],
    { encoding: "utf8" },
  );
  expect(status, `${stdout}\n${stderr}`).toBe(0);
}

/** @param notebook folder and file under notebooks/ */
export function cellsIn(work: string, notebook: string): readonly Cell[] {
  return (JSON.parse(readFileSync(path.join(work, "done", notebook), "utf8")) as { cells: Cell[] }).cells;
}

export const outputsIn = (work: string, notebook: string): Output[] =>
  cellsIn(work, notebook).flatMap(({ outputs }) => outputs ?? []);

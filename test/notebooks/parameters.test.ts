// Parameters from outside, through the real kernel: by papermill, and by run_notebooks.py.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNotebook } from "../writeNotebook";

const root = path.resolve(__dirname, "..", "..");
const bin = (name: string) => path.join(root, ".venv", "bin", name);

interface Cell {
  readonly source: string[] | string;
  readonly metadata: { readonly tags?: readonly string[] };
  readonly outputs: readonly { readonly data?: Record<string, string | string[]> }[];
}

describe("parameters from outside", { timeout: 300_000 }, () => {
  let work: string;
  const file = () => path.join(work, "one.ipynb");
  const cellsOf = (name: string) =>
    (JSON.parse(readFileSync(path.join(work, name), "utf8")) as { cells: Cell[] }).cells;
  const resultOf = (cell: Cell | undefined) => [cell?.outputs[0]?.data?.["text/plain"]].flat().join("");

  beforeAll(() => {
    const parent = path.join(root, "out", "test");
    mkdirSync(parent, { recursive: true });
    work = mkdtempSync(path.join(parent, "parameters-"));
    writeNotebook(file(), [
      'import * as igds from "igds";',
      {
        source: 'const p = igds.parameters({ profile: "quick", ipcs: [1, 10], seed: 0 });',
        tags: ["parameters"],
      },
      '[p.profile, ...p.ipcs, p.seed].join(" ")',
    ]);
  });

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it("come from papermill, which declares them and hands them to the parameters object", () => {
    const out = path.join(work, "papermill.ipynb");
    const given = ["-p", "profile", 'it\'s "full"', "-p", "seed", "3", "-y", "ipcs: [5]"];
    const run = spawnSync(bin("papermill"), [file(), out, ...given, "--no-progress-bar"], {
      encoding: "utf8",
    });
    expect(run.status, run.stderr).toBe(0);
    const cells = cellsOf("papermill.ipynb");
    expect(cells[2]?.metadata.tags).toEqual(["injected-parameters"]);
    expect([cells[2]?.source].flat().join("")).toContain("let ipcs = [5];\n");
    expect(resultOf(cells[3])).toBe('`it\'s "full" 5 3`');
  });

  it("come from run_notebooks.py -p", () => {
    const script = path.join(root, "src", "setup", "python", "run_notebooks.py");
    const run = (...given: string[]) =>
      spawnSync(bin("python"), [script, "--root", work, "--out", path.join(work, "done"), ...given, file()], {
        encoding: "utf8",
      });
    expect(run("-p", "profile=full", "-p", "ipcs=[2, 3]").status).toBe(0);
    expect(resultOf(cellsOf("done/one.ipynb")[2])).toBe("'full 2 3 0'");
    expect(run("-p", "seed").stderr).toContain("Expected -p NAME=VALUE, such as -p ipc=5, found 'seed'");
  });
});

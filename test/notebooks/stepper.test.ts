// A stepper in a notebook that runs without a front end, as the committed ones do: what readers see of it afterwards.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNotebook } from "../writeNotebook";

const root = path.resolve(__dirname, "..", "..");
const view = "application/vnd.jupyter.widget-view+json";

interface Executed {
  readonly cells: readonly { readonly outputs: readonly { readonly data?: Record<string, unknown> }[] }[];
}

describe("a stepper in an executed notebook", { timeout: 600_000 }, () => {
  let work: string;

  beforeAll(() => {
    const parent = path.join(root, "out", "test");
    mkdirSync(parent, { recursive: true });
    work = mkdtempSync(path.join(parent, "stepper-"));
  });

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it("is the animation of the run that a later cell finished, and no widget", () => {
    const file = path.join(work, "one.ipynb");
    writeNotebook(file, [
      'import * as igds from "igds";\nconst distiller = await igds.open("fashion-mnist");',
      'const run = distiller.start({ classes: ["Sneaker"], ipc: 2, steps: 4, setWeight: 0 });\nigds.stepper(run)',
      // The cell ends with the run: nothing of it is left to wait for the picture.
      "await run.finish();",
    ]);
    const script = path.join(root, "src", "setup", "python", "run_notebooks.py");
    const python = path.join(root, ".venv", "bin", "python");
    const done = path.join(work, "done");
    const result = spawnSync(python, [script, "--root", work, "--out", done, file], { encoding: "utf8" });
    expect(result.status, result.stdout + result.stderr).toBe(0);
    const { cells } = JSON.parse(readFileSync(path.join(done, "one.ipynb"), "utf8")) as Executed;
    const [{ data = {} }] = cells[1]!.outputs as [Executed["cells"][0]["outputs"][0]];
    expect(Object.keys(data)).not.toContain(view);
    expect(Object.keys(data)).toEqual(expect.arrayContaining(["image/png", "text/html", "text/plain"]));
    expect(data["application/vnd.plotly.v1+json"]).toHaveProperty("frames.length", 4);
  });
});

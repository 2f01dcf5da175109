// A stepper in a notebook that runs without a front end, as the committed ones do: what readers see of it afterwards.
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newFolder } from "../newFolder";
import { writeNotebook } from "../writeNotebook";
import { cellsOf, execute, executed, type Output } from "./execute";

const view = "application/vnd.jupyter.widget-view+json";

describe("a stepper in an executed notebook", { timeout: 600_000 }, () => {
  let work: string;

  beforeAll(() => {
    work = newFolder("stepper");
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
    execute(work, [file], {});
    const [{ data = {} }] = cellsOf(executed(work, "one.ipynb"))[1]!.outputs as [Output];
    expect(Object.keys(data)).not.toContain(view);
    expect(Object.keys(data)).toEqual(expect.arrayContaining(["image/png", "text/html", "text/plain"]));
    expect(data["application/vnd.plotly.v1+json"]).toHaveProperty("frames.length", 4);
  });
});

// The tutorials and the explore notebooks, cell by cell through the project's kernel: the real code, few images.
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joined } from "../../src/notebook/notebookFile";
import { newFolder } from "../newFolder";
import {
  cellsOf,
  execute,
  executed,
  executedFolders,
  expectFigures,
  notebooksIn,
  outputsOf,
} from "./execute";

const notebooks = notebooksIn(executedFolders);

describe("tutorials and explore", { timeout: 1_800_000 }, () => {
  let work: string;

  beforeAll(() => {
    work = newFolder("tutorials");
    execute(
      work,
      executedFolders.map((folder) => path.join("notebooks", folder)),
      { profile: "test" },
    );
  }, 1_800_000);

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  const cellsIn = (notebook: string) => cellsOf(executed(work, notebook));
  const outputsIn = (notebook: string) => outputsOf(executed(work, notebook));

  /** The numbers of the first table of a notebook that has the column; a minus sign is not a hyphen there. */
  const column = (notebook: string, name: string): number[] => {
    for (const { data } of outputsIn(notebook)) {
      const [head = "", rule = "", ...rows] = joined(data?.["text/plain"]).split("\n");
      if (!/^[- ]+$/.test(rule) || !head.includes(name)) continue;
      let from = 0;
      for (const dashes of rule.split("  ")) {
        const cell = (line: string) => line.slice(from, from + dashes.length).trim();
        if (cell(head) === name) return rows.map((row) => Number(cell(row).replace("−", "-")));
        from += dashes.length + 2;
      }
    }
    throw new Error(`${notebook}: no table has a column "${name}".`);
  };

  it.each(notebooks)("%s: every code cell ran, with live and static figures", (notebook) => {
    const code = cellsIn(notebook).filter(({ cell_type }) => cell_type === "code");
    expect(code.length).toBeGreaterThan(4);
    const outputs = outputsIn(notebook);
    expectFigures(outputs);
    expect(JSON.stringify(outputs)).not.toContain("[Function: update]");
  });

  it.each(notebooks.filter((name) => name.startsWith("tutorials/")))(
    "%s: every exercise has an answer",
    (notebook) => {
      const prose = cellsIn(notebook)
        .filter(({ cell_type }) => cell_type === "markdown")
        .map(({ source }) => joined(source))
        .join("\n\n");
      const exercises = prose.slice(prose.indexOf("## Exercises"), prose.indexOf("## Answers"));
      const asked = exercises.match(/^\d+\. /gm) ?? [];
      expect(asked.length).toBeGreaterThanOrEqual(2);
      expect(prose.slice(prose.indexOf("## Answers")).match(/^\*\*\d+\.\*\*/gm)).toHaveLength(asked.length);
    },
  );

  it("going back and stepping again gives the same images", () => {
    const texts = outputsIn("tutorials/01-one-image-step-by-step.ipynb").map(({ data }) =>
      joined(data?.["text/plain"]),
    );
    expect(texts).toContain("true");
  });

  it("samplers by hand are the library's", () => {
    const differences = column(
      "tutorials/02-diffusion-from-scratch.ipynb",
      "largest difference to the library",
    );
    expect(differences).toEqual([0, 0]);
  });

  it("guidance by hand is the library's", () => {
    const [byHand, short, plain] = column(
      "tutorials/05-guidance-by-hand.ipynb",
      "largest difference of a pixel (range 2)",
    );
    expect(byHand).toBeLessThan(1e-3);
    expect(short).toBeLessThan(1e-3);
    expect(plain).toBeGreaterThan(0.1);
  });

  it("the gradient of a term written in a cell agrees with finite differences", () => {
    const notebook = "tutorials/07-your-own-term.ipynb";
    const found = column(notebook, "finite difference");
    column(notebook, "gradient · direction").forEach((value, i) => {
      expect(Math.abs(value - found[i]!)).toBeLessThan(0.02 * Math.abs(found[i]!) + 0.01);
    });
  });
});

// The figures from their stored numbers, cell by cell through the project's kernel. `cost` times for minutes, and three
// more draw images of sets that a fresh clone would have to make first: those are read as they were saved.
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cell, execute, joined, type Output, outputsIn, root, workFolder } from "./execute";

const stored = [
  "ablation",
  "beta-of-ipc",
  "context-scales-with-ipc",
  "cross-architecture",
  "low-ipc-diversity",
  "two-informations",
];
const place = (name: string) => path.join("notebooks", "figures", `${name}.ipynb`);

/** The sentence of claim() that says what was found. */
const verdictIn = (outputs: readonly Output[]) =>
  outputs.flatMap(({ data }) => joined(data?.["text/plain"]).match(/^The claim .*$/m) ?? []);

describe("figures", { timeout: 900_000 }, () => {
  let work: string;

  beforeAll(() => {
    work = workFolder("figures");
    execute(work, stored.map(place), { profile: "full", readOnly: true });
    execute(work, [place("bounds-are-tight")], { profile: "full" });
    execute(work, [place("denoising-steps")], { profile: "quick", ipc: 1 });
  }, 900_000);

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it.each([...stored, "bounds-are-tight", "denoising-steps"])(
    "%s is drawn, live and as a picture",
    (name) => {
      const outputs = outputsIn(work, `figures/${name}.ipynb`);
      expect(outputs.filter(({ output_type }) => output_type === "error")).toEqual([]);
      const figures = outputs.filter(({ data }) => data && "application/vnd.plotly.v1+json" in data);
      expect(figures.length).toBeGreaterThan(0);
      for (const { data } of figures)
        expect(Object.keys(data!)).toEqual(expect.arrayContaining(["text/html", "image/png", "text/plain"]));
    },
  );

  it.each([...stored, "bounds-are-tight"])("%s finds what the committed notebook says", (name) => {
    const { cells } = JSON.parse(readFileSync(path.join(root, place(name)), "utf8")) as { cells: Cell[] };
    const committed = verdictIn(cells.flatMap(({ outputs }) => outputs ?? []));
    expect(committed).toHaveLength(1);
    expect(verdictIn(outputsIn(work, `figures/${name}.ipynb`))).toEqual(committed);
  });
});

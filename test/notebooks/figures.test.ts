// The figures from their stored numbers, cell by cell through the project's kernel. `cost` times for minutes, and three
// more draw images of sets that a fresh clone would have to make first: those are read as they were saved.
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joined } from "../../src/notebook/notebookFile";
import { newFolder } from "../newFolder";
import {
  computedFigures,
  execute,
  executed,
  expectFigures,
  type Output,
  outputsOf,
  root,
  storedFigures,
} from "./execute";

const place = (name: string) => path.join("notebooks", "figures", `${name}.ipynb`);

/** The sentence of claim() that says what was found. */
const verdictIn = (outputs: readonly Output[]) =>
  outputs.flatMap(({ data }) => joined(data?.["text/plain"]).match(/^(?:The claim|Undecided).*$/m) ?? []);

describe("figures", { timeout: 900_000 }, () => {
  let work: string;

  beforeAll(() => {
    work = newFolder("figures");
    execute(work, storedFigures.map(place), { profile: "full", readOnly: true });
    const [bounds, steps] = computedFigures as [string, string];
    execute(work, [place(bounds)], { profile: "full" });
    execute(work, [place(steps)], { profile: "quick", ipc: 1 });
  }, 900_000);

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it.each([...storedFigures, ...computedFigures])("%s is drawn, live and as a picture", (name) =>
    expectFigures(outputsOf(executed(work, `figures/${name}.ipynb`))),
  );

  it.each([...storedFigures, "bounds-are-tight"])("%s finds what the committed notebook says", (name) => {
    const committed = verdictIn(outputsOf(path.join(root, place(name))));
    expect(committed).toHaveLength(1);
    expect(verdictIn(outputsOf(executed(work, `figures/${name}.ipynb`)))).toEqual(committed);
  });
});

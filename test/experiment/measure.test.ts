import path from "node:path";
import { describe, expect, it } from "vitest";
import { cellsOf, plainVariant } from "../../src/experiment/cell";
import { measureCells, measuresOf } from "../../src/experiment/measureCells";
import { Models } from "../../src/experiment/models";
import { differenceOf, meansOf } from "../../src/experiment/points";
import { readResults } from "../../src/experiment/results";
import { temporaryFolder } from "../temporaryFolder";

describe("measures of an experiment's sets", () => {
  it("measure each set once, within their bounds, and are kept", async () => {
    const folder = await temporaryFolder();
    const models = new Models();
    const options = { file: path.join(folder, "measures.jsonl"), sets: path.join(folder, "sets") };
    // Two networks for each set: no set is measured twice for that.
    const cells = cellsOf({
      variants: [plainVariant("random")],
      ipcs: [1, 2],
      seeds: [0, 1],
      trainings: [0, 1],
    });
    const measures = await measureCells(cells, models, options);
    expect(measures.map(({ name, ipc, seed }) => `${name} ${ipc} ${seed}`)).toEqual([
      "random 1 0",
      "random 2 0",
      "random 1 1",
      "random 2 1",
    ]);
    for (const { ipc, prototype, contextual, ceiling, coverage } of measures) {
      expect(ceiling).toBeCloseTo(Math.log(ipc), 4);
      expect(prototype).toBeGreaterThan(0.5);
      expect(prototype).toBeLessThanOrEqual(Math.log(10));
      expect(contextual.low).toBeLessThanOrEqual(contextual.high);
      expect(contextual.high).toBeLessThanOrEqual(ceiling + 1e-6);
      if (ipc === 2) expect(contextual.low).toBeGreaterThan(0);
      expect(coverage.coverage).toBeGreaterThan(0);
      expect(coverage.vendi).toBeGreaterThan(1);
    }
    expect(await measuresOf(cells, models, options.file)).toEqual(measures);
    expect(await readResults(path.join(folder, "none.jsonl"))).toEqual([]);

    const [one, two] = meansOf(measures, ({ contextual }) => contextual.low);
    expect([one.ipc, two.ipc, two.n]).toEqual([1, 2, 2]);
    expect(one.mean).toBe(0);
    const renamed = measures.map((measure) => ({
      ...measure,
      name: "other",
      prototype: measure.prototype - 0.5,
    }));
    const gap = differenceOf([...measures, ...renamed], ["random", "other"], 2, ({ prototype }) => prototype);
    for (const value of gap?.values ?? []) expect(value).toBeCloseTo(0.5, 9);
    expect(gap?.values).toHaveLength(2);
    expect(differenceOf(measures, ["random", "other"], 2, ({ prototype }) => prototype)).toBeNull();
    await models.dispose();
  }, 300_000);
});

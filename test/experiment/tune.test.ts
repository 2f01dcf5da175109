import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { budget, candidates } from "../../src/experiment/candidates";
import { cellsOf } from "../../src/experiment/cell";
import { experimentCells, experimentNames } from "../../src/experiment/experiments";
import { Models } from "../../src/experiment/models";
import { readResults } from "../../src/experiment/results";
import { keyOf } from "../../src/experiment/runCells";
import { searched, searchedVariant, searchedWith } from "../../src/experiment/searched";
import { tune } from "../../src/experiment/tune";
import { bestAt, readTuning, tuningFileOf } from "../../src/experiment/tuned";
import { temporaryFolder } from "../temporaryFolder";

describe("the search for settings", () => {
  it("has as many different candidates for every method, all of them valid", async () => {
    const models = new Models();
    for (const name of searched) {
      expect(candidates[name]).toHaveLength(budget);
      const variants = candidates[name].map((given, i) => ({
        ...searchedVariant(name, given),
        name: `${i}`,
      }));
      const cells = cellsOf({ variants, ipcs: [5], seeds: [0], trainings: [0] });
      expect(new Set(await Promise.all(cells.map((cell) => keyOf(cell, models)))).size).toBe(budget);
    }
  });

  it("is made by another denoiser for all that have none of their own", () => {
    expect(searchedWith()).toEqual(searched);
    expect(searched.filter((name) => !searchedWith("dit").includes(name))).toEqual(["minimax"]);
  });

  it("gives an IPC what was found at the nearest one in ratio", () => {
    const best = { 1: { guidanceScale: 6 }, 10: { guidanceScale: 3 }, 50: {} };
    expect([1, 3, 5, 20, 50, 1000].map((ipc) => bestAt(ipc, best))).toEqual(
      [6, 6, 3, 3, undefined, undefined].map((scale) => (scale ? { guidanceScale: scale } : {})),
    );
    expect(bestAt(10, {})).toEqual({});
  });

  it("keeps the record of another denoiser apart", () => {
    const named = [undefined, "unet", "dit", "models/mine.safetensors"].map((denoiser) =>
      path.basename(tuningFileOf(denoiser)),
    );
    expect(named).toEqual(["tuning.json", "tuning.json", "tuning-dit.json", "tuning-mine.json"]);
  });

  it("scores on held-out images, records every trial, and goes on where it was", async () => {
    const folder = await temporaryFolder();
    const models = new Models();
    const options = {
      models,
      file: path.join(folder, "tuning.jsonl"),
      record: path.join(folder, "tuning.json"),
      sets: path.join(folder, "sets"),
      budget: 2,
      ipcs: [1],
      protocol: "mlp",
      steps: 4,
      candidates: { diffusion: [1, 4, 9].map((guidanceScale) => ({ steps: 2, guidanceScale })) },
    } as const;
    const found = await tune({ ...options, methods: ["diffusion"] });
    const { trials, best } = found.methods.diffusion;
    expect(trials.map((trial) => trial.options)).toEqual(
      [1, 4].map((guidanceScale) => ({ steps: 2, guidanceScale })),
    );
    // Both are scored with the first seed, the better half with the second.
    const [first, second] = trials.map(({ accuracy }) => accuracy[1][0]);
    const winner = first >= second ? 0 : 1;
    expect(best).toEqual({ 1: trials[winner].options });
    expect(trials[winner].accuracy[1]).toHaveLength(2);
    expect(trials[1 - winner].accuracy[1]).toHaveLength(1);
    const rows = await readResults(options.file);
    expect(rows.map(({ on, seed }) => `${on} ${seed}`)).toEqual(
      [100, 100, 101].map((seed) => `held-out ${seed}`),
    );
    expect(await readTuning(options.record)).toEqual(found);

    const before = await readFile(options.file, "utf8");
    expect(await tune({ ...options, methods: ["diffusion"] })).toEqual(found);
    expect(await readFile(options.file, "utf8")).toBe(before);
    // Another IPC is a search of its own, beside the first.
    const wider = await tune({ ...options, methods: ["diffusion"], ipcs: [2] });
    expect(Object.keys(wider.methods.diffusion.best)).toEqual(["1", "2"]);
    expect(wider.methods.diffusion.best[1]).toEqual(best[1]);
    expect(wider.methods.diffusion.trials.map(({ accuracy }) => accuracy[1])).toEqual(
      trials.map(({ accuracy }) => accuracy[1]),
    );

    await expect(tune({ ...options, methods: ["diffusion"], budget: 4 })).rejects.toThrow(
      /expected at least 4 candidates of "diffusion", found 3/,
    );
    await models.dispose();
  }, 300_000);
});

describe("experiments", () => {
  it.each(experimentNames)(
    "%s: cells of both profiles are valid, and told apart by their keys",
    async (name) => {
      const models = new Models();
      for (const profile of ["quick", "full"]) {
        const cells = await experimentCells(name, profile);
        const keys = await Promise.all(cells.map((cell) => keyOf(cell, models)));
        // One key for two cells only where they are one set and network under two names, as beta 0 at IPC 1.
        const seen = new Map<string, string>();
        for (const [i, { variant: _, ...rest }] of cells.entries()) {
          const said = JSON.stringify(rest);
          expect(seen.get(keys[i]) ?? said).toBe(said);
          seen.set(keys[i], said);
        }
        expect(seen.size).toBeGreaterThan(0.8 * cells.length);
      }
      await expect(experimentCells(name, "paper")).rejects.toThrow(
        /expected Tiny ImageNet .* igds miniature/,
      );
      await expect(experimentCells(name, "huge")).rejects.toThrow(/one of quick, full, paper/);
    },
  );

  it("have names", async () => {
    await expect(experimentCells("magic", "quick")).rejects.toThrow(/one of accuracy-over-ipc/);
  });
});

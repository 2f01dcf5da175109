import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { smallestBeta } from "../../src/distill/beta";
import { betaCurve, explainBeta, searchBeta } from "../../src/distill/betaPilot";
import { distill } from "../../src/distill/distill";
import type { Distiller } from "../../src/distill/distiller";
import { open } from "../../src/distill/open";
import { particle } from "../../src/guidance/particle";
import { temporaryFolder } from "../temporaryFolder";

describe("the smallest beta that reaches a target", () => {
  const rising = async (beta: number) => 1 - Math.exp(-beta);

  it("is found to within the last interval, from above", async () => {
    for (const wanted of [0.3, 0.9, 2.6, 7.7]) {
      const target = await rising(wanted);
      const { beta, reached, curve } = await smallestBeta(rising, target, { halvings: 6 });
      expect(reached).toBe(true);
      expect(beta).toBeGreaterThanOrEqual(wanted);
      const below = Math.max(
        ...curve.filter((point) => point.information < target).map((point) => point.beta),
      );
      expect(below).toBeLessThan(wanted);
      expect(beta - below).toBeLessThanOrEqual(Math.max(0.5, wanted) / 2 ** 6);
      expect(curve.map((point) => point.beta)).toEqual(
        [...curve.map((point) => point.beta)].sort((a, b) => a - b),
      );
      expect(curve.length).toBeLessThanOrEqual(2 + Math.log2(32 / 0.5) + 6);
    }
  });

  it("is zero where nothing is missing, and says where the target cannot be reached", async () => {
    expect(await smallestBeta(rising, 0)).toMatchObject({ beta: 0, reached: true, curve: [{ beta: 0 }] });
    const peak = async (beta: number) => 0.5 - Math.abs(beta - 4) / 100;
    expect(await smallestBeta(peak, 0.9)).toMatchObject({ beta: 4, reached: false });
    await expect(smallestBeta(rising, Number.NaN)).rejects.toThrow(/finite target/);
    await expect(smallestBeta(rising, 0.5, { first: 0 })).rejects.toThrow(/0 < first/);
  });

  it("is looked for up to the largest, that too, and in whole halvings", async () => {
    const tried = async (largest: number, target: number) =>
      (await smallestBeta(rising, target, { largest, halvings: 0 })).curve.map(({ beta }) => beta);
    expect(await tried(3, 2)).toEqual([0, 0.5, 1, 2, 3]);
    expect(await tried(32, 2)).toEqual([0, 0.5, 1, 2, 4, 8, 16, 32]);
    expect(await smallestBeta(rising, 0.93, { largest: 3, halvings: 0 })).toMatchObject({
      beta: 3,
      reached: true,
    });
    await expect(tried(Number.POSITIVE_INFINITY, 2)).rejects.toThrow(/finite.*Infinity/);
    for (const halvings of [-1, 1.5, Number.NaN])
      await expect(smallestBeta(rising, 0.5, { halvings })).rejects.toThrow(/whole number of halvings/);
  });
});

describe("beta: auto, with the shipped models", () => {
  // Coarse throughout: what is tested is the search, not its answer.
  const coarse = { halvings: 1, steps: 4 } as const;
  let distiller: Distiller;
  beforeAll(async () => {
    distiller = await open();
  });

  it("reaches real subsets, remembers what it found, and goes on where it was broken off", async () => {
    const table = path.join(await temporaryFolder(), "net.beta.json");
    const found = await searchBeta(distiller, { ipc: 3 }, { ...coarse, table });
    const at = (beta: number) => found.curve.find((point) => point.beta === beta)!.information;
    expect(found.reached).toBe(true);
    expect(found.curve.length).toBeGreaterThan(1);
    for (const { beta } of found.curve)
      expect(at(beta) >= found.target, `information at ${beta}`).toBe(beta >= found.beta);
    expect(found.target).toBeGreaterThan(0);
    expect(found.target).toBeLessThan(Math.log(3));
    expect(explainBeta(found)).toMatch(
      new RegExp(`^beta\\*\\(3\\) = ${found.beta}: the smallest at which .* % of the cost of the set`),
    );
    const whole = await readFile(table, "utf8");
    // As a kill leaves it: one point found, no answer yet.
    const broken = JSON.parse(whole);
    const [entry] = Object.values(broken.entries) as { beta: number | null; curve: unknown[] }[];
    entry.beta = null;
    entry.curve = entry.curve.slice(0, 1);
    await writeFile(table, JSON.stringify(broken));
    const tried: number[] = [];
    const again = await searchBeta(
      distiller,
      { ipc: 3 },
      { ...coarse, table, onPoint: ({ beta }) => tried.push(beta) },
    );
    expect(again).toEqual(found);
    expect(await readFile(table, "utf8")).toBe(whole);
    expect(tried).toHaveLength(found.curve.length);
    await writeFile(table, "{");
    await expect(searchBeta(distiller, { ipc: 3 }, { ...coarse, table })).rejects.toThrow(
      /not a table of beta/,
    );
  });

  it("is zero at IPC 1, and one point of the curve", async () => {
    const [one] = await betaCurve(distiller, [1], {}, { ...coarse, table: null });
    expect(one).toMatchObject({ ipc: 1, beta: 0, reached: true, target: 0 });
    expect(explainBeta(one)).toMatch(/^beta\*\(1\) = 0: without it/);
  });

  it("lets a run begin once it is found, and says so before", async () => {
    const options = { ipc: 3, beta: "auto", steps: 3, classes: ["T-shirt/top", "Dress", "Shirt"] } as const;
    expect(() => distiller.start(options)).toThrow(/await distiller.autoBeta/);
    const { beta } = await distiller.autoBeta(options, { ...coarse, table: null });
    const [auto, fixed] = [distiller.start(options), distiller.start({ ...options, beta })];
    expect((await auto.finish()).data).toEqual((await fixed.finish()).data);
    const terms = [{ term: particle(), weight: 1 }];
    await expect(distiller.autoBeta({ ...options, terms }, { ...coarse, table: null })).rejects.toThrow(
      /terms of your own.*found 1 term/,
    );
    await expect(distill(distiller.dataset, { method: "igds", ipc: 2, beta: "auto" })).rejects.toThrow(
      /needs a distiller/,
    );
  });
});

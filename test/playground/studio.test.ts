import { describe, expect, it } from "vitest";
import type { Distiller } from "../../src/distill/distiller";
import { type PlaygroundSettings, pageSetTerm } from "../../src/playground/settings";
import { Studio } from "../../src/playground/studio";
import { startRun } from "../notebook/runs";

const settings: PlaygroundSettings = {
  classes: ["Cup"],
  ipc: 2,
  seed: 0,
  steps: 8,
  weight: 1,
  beta: 1,
  contextual: "mixture",
  setWeight: 0,
  ...pageSetTerm,
};

function begun(): Studio {
  const start = ({ label, ...given }: PlaygroundSettings & { label: string }) => startRun(given, label);
  const studio = new Studio({ start, dataset: { name: "cups" } } as unknown as Distiller);
  studio.start(settings);
  return studio;
}

/** The steps of each lane, as the page would have them: what a report adds to those it keeps. */
function lanesOf(studio: Studio, before: number[][] = []): number[][] {
  return studio
    .report(false)
    .lanes.map(({ kept, added }, i) => [
      ...(before[i] ?? []).slice(0, kept),
      ...added.map(({ index }) => index),
    ]);
}

describe("the runs of a playground", () => {
  it("moves one lane alone when its slider is moved while it is behind", async () => {
    const studio = begun();
    for (let step = 0; step < 6; step++) await studio.step();
    studio.fork(2, { beta: 3 });
    await studio.step();
    const before = lanesOf(studio);
    expect(before.map(({ length }) => length)).toEqual([6, 3]);
    await studio.change(1, { beta: 5 }, true);
    expect(studio.report(false).lanes.map(({ kept, added }) => [kept, added.length])).toEqual([
      [6, 0],
      [2, 1],
    ]);
    while (!studio.level) await studio.step();
    expect(lanesOf(studio)).toHaveLength(2);
    expect(studio.report(false).cell).toContain("beta: 5");
  });

  it("takes the newest step of a lane again, and keeps the other as it is", async () => {
    const studio = begun();
    for (let step = 0; step < 3; step++) await studio.step();
    studio.fork(1, { weight: 2 });
    while (!studio.level) await studio.step();
    lanesOf(studio);
    await studio.change(0, { beta: 0 }, true);
    expect(studio.report(false).lanes.map(({ kept, added }) => [kept, added.length])).toEqual([
      [2, 1],
      [3, 0],
    ]);
    expect(studio.level).toBe(true);
  });
});

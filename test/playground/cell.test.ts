import { describe, expect, it } from "vitest";
import type { StepRecord } from "../../src/diffusion/stepRecord";
import { notebookCell } from "../../src/playground/cell";
import {
  changesBetween,
  type PlaygroundSettings,
  pageSetTerm,
  stretchesOf,
} from "../../src/playground/settings";

const settings: PlaygroundSettings = {
  classes: ["Sneaker", "Bag"],
  ipc: 2,
  seed: 0,
  steps: 10,
  weight: 200,
  beta: 1,
  contextual: "mixture",
  setWeight: 0,
  ...pageSetTerm,
};
const strong = { ...settings, beta: 3 };

describe("the cell of a playground", () => {
  it("begins a run that has taken no step, and shows it", () => {
    const lines = notebookCell("fashion-mnist", [{ label: "igds", settings, stretches: [] }]).split("\n");
    expect(lines).toEqual([
      'import * as igds from "igds";',
      "",
      'const distiller = await igds.open("fashion-mnist");',
      'const run = distiller.start({ classes: ["Sneaker", "Bag"], ipc: 2, seed: 0, steps: 10, weight: 200, beta: 1, contextual: "mixture", setWeight: 0, setFeatures: "untrained", setImages: 100, label: "igds" });',
      "run",
    ]);
  });

  it("tells stretches of steps apart by what was changed", () => {
    const stretches = [
      { settings, steps: 4 },
      { settings: strong, steps: 2 },
    ];
    const cell = notebookCell("fashion-mnist", [
      { label: "igds", settings, stretches: [] },
      { label: "fork", settings, stretches },
    ]);
    expect(cell).toContain("await fork.step(4);\nfork.change({ beta: 3 });\nawait fork.step(2);\n");
    expect(cell).toMatch(/\nigds\.compare\(run, fork\)$/);
  });
});

describe("stretchesOf", () => {
  it("joins steps of equal settings, whichever object holds them", () => {
    const records = Array.from({ length: 5 }, (_, index) => ({ index }) as StepRecord);
    const of = [settings, { ...settings }, strong, strong, settings];
    const stretches = stretchesOf(records, ({ index }) => of[index]!);
    expect(stretches.map(({ steps }) => steps)).toEqual([2, 2, 1]);
    expect(changesBetween(stretches[0]!.settings, stretches[1]!.settings)).toEqual({ beta: 3 });
    expect(changesBetween(settings, { ...settings, setWeight: 500 })).toEqual({ setWeight: 500 });
  });
});

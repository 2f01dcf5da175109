import { describe, expect, it } from "vitest";
import { methods } from "../../src/distill/methods";
import { overIpc } from "../../src/plot/overIpc";
import {
  ink,
  methodColour,
  methodLabel,
  methodMarker,
  palette,
  plainMarkers,
  seriesColours,
  seriesMarkers,
} from "../../src/plot/theme";

const variants = ["igds, two terms", "two-terms", "diffusion, same scale", "igds, mixed", "whole"];
const everyMethod = [...methods, ...variants];
const quantities = ["prototype", "mixture", "context", "cmi", "set", "deviation"];

describe("theme", () => {
  const luminance = (colour: string) =>
    [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i]!, 0);

  it("keeps a contrast of 3 for lines and 4 for letters to white and to near-black", () => {
    const night = luminance("#111111");
    const contrast = (colour: string) =>
      Math.min(1.05 / (luminance(colour) + 0.05), (luminance(colour) + 0.05) / (night + 0.05));
    for (const colour of [...palette, ...everyMethod.map(methodColour)]) {
      expect(contrast(colour), colour).toBeGreaterThan(3);
    }
    expect(contrast(ink)).toBeGreaterThan(4);
  });

  it("gives every method and quantity a look of its own, and any other name always the same", () => {
    const all = [...everyMethod, ...quantities];
    for (const look of [methodColour, methodMarker, methodLabel]) {
      expect(new Set(all.map(look)).size).toBe(all.length);
    }
    expect(methodColour("IGDS")).toBe(methodColour("igds"));
    expect(methodColour("my own method")).toBe(methodColour("my own method"));
  });

  it("gives both terms of IGD a look of its family, apart from each other and from D4M, which has neither", () => {
    const colours = ["influence", "deviation", "d4m"].map(methodColour);
    expect(new Set(colours).size).toBe(3);
    expect(["influence", "deviation"].map(methodMarker)).toEqual(["star", "star-open"]);
    const night = luminance("#111111");
    const own = luminance(methodColour("deviation"));
    expect(Math.min(1.05 / (own + 0.05), (own + 0.05) / (night + 0.05))).toBeGreaterThan(3);
  });

  it("gives no two series of a figure one marker, while there are enough", () => {
    const names = Array.from({ length: plainMarkers.length - 1 }, (_, i) => `mine ${i}`);
    const markers = seriesMarkers([...names, "igds"]);
    expect(new Set(markers.values()).size).toBe(names.length + 1);
    expect(markers.get("igds")).toBe(methodMarker("igds"));
    const all = [...everyMethod, ...quantities];
    expect(seriesMarkers(all)).toEqual(new Map(all.map((name) => [name, methodMarker(name)])));
  });

  it("says no interval of a single value", () => {
    const points = [Number.NaN, 2].map((ci95, i) => ({ name: "igds", ipc: 1 + i, mean: 5, ci95, n: 1 + i }));
    const [trace] = overIpc(points, { title: "t", quantity: "q", digits: 1 }).data;
    const { customdata } = trace as { customdata: [number, string][] };
    expect(customdata.map(([, said]) => said)).toEqual([", n = 1", " ± 2.0, n = 2"]);
  });

  it("gives no two series of a figure one colour, and leaves the methods theirs", () => {
    const names = ["a", "b", "c", "d", "e", "igds", "diffusion"];
    const colours = seriesColours(names);
    expect(new Set(colours.values()).size).toBe(names.length);
    expect(colours.get("igds")).toBe(methodColour("igds"));
    expect([...seriesColours([...names, ...names.map((name) => `${name}2`)]).keys()]).toHaveLength(14);
  });

  it("gives no series that has no look a colour that is nearly a method's", () => {
    const channels = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    for (let i = 0; i < 20; i++) {
      const [plain, mine] = [...seriesColours(["diffusion", `my run ${i}`]).values()].map(channels);
      expect(Math.hypot(...plain!.map((value, k) => value - mine![k]!)), `my run ${i}`).toBeGreaterThan(60);
    }
  });
});

import { describe, expect, it } from "vitest";
import { compareBounds } from "../../src/information/compareBounds";
import { drawMixture } from "../../src/information/randomMixture";
import { boundComparison } from "../../src/plot/boundComparison";
import { pointAnimation } from "../../src/plot/points";
import { Seed } from "../../src/tensor/random";

describe("pointAnimation", () => {
  const frames = [
    { label: "9", points: [0, 1, 2, 3, 4, 5] },
    { label: "0", points: [5, 4, 3, 2, 1, 0] },
  ];

  it("moves each group by its own trace and stands at the frame asked for", () => {
    const figure = pointAnimation(frames, { groups: [1, 0, 1], background: [0, 0], first: 0 });
    expect(figure.data.map(({ name }) => name)).toEqual(["data", "group 0", "group 1"]);
    expect(figure.data[2]).toMatchObject({ x: [0, 4], y: [1, 5] });
    expect(figure.frames?.map(({ name }) => name)).toEqual(["0", "1"]);
    expect(figure.frames?.[1]).toMatchObject({ traces: [1, 2], data: [{ x: [3], y: [2] }, { x: [5, 1] }] });
    expect(figure.layout.sliders?.[0]).toMatchObject({ active: 0 });
  });

  it("gives groups markers, and keeps what is small and what is many", () => {
    const figure = pointAnimation(frames, { groups: [1, 0, 1] });
    const symbols = figure.data.map((trace) => (trace as { marker: { symbol: string } }).marker.symbol);
    expect(symbols).toEqual(["circle", "square"]);
    const small = pointAnimation([{ label: "0", points: [0.00123, -0.0004567] }]);
    expect(small.data[0]).toMatchObject({ x: [0.00123], y: [-0.00046] });
    const many = new Float32Array(500_000).fill(2);
    expect(pointAnimation([{ label: "0", points: many }]).layout.xaxis!.range).toEqual([-2.1, 2.1]);
    const lost = pointAnimation([{ label: "0", points: [Number.NaN, 0, 1, 1] }]);
    expect(lost.layout.xaxis!.range).toEqual([-1.05, 1.05]);
  });

  it("refuses to begin with a frame that there is not", () => {
    for (const first of [-1, 2, 0.5])
      expect(() => pointAnimation(frames, { first })).toThrow(`the index of a frame, 0 to 1, found ${first}`);
  });

  it("needs no player for one frame, and says when frames do not fit", () => {
    expect(pointAnimation(frames.slice(0, 1)).layout.sliders).toBeUndefined();
    expect(() => pointAnimation([])).toThrow("at least one frame");
    expect(() => pointAnimation([frames[0]!, { label: "x", points: [1, 2] }, frames[1]!])).toThrow(
      'at "x", 1',
    );
  });
});

describe("boundComparison", () => {
  const comparison = compareBounds(
    drawMixture({ dimension: 2, classes: 2, separation: 3 }, new Seed(0)),
    { samples: 200, guidingOnly: true },
    new Seed(1),
  );

  it("shows every bound in the panel of its quantity, the truth as a line", () => {
    const figure = boundComparison(comparison);
    const shown = figure.data.flatMap((trace) => (trace as { y: string[] }).y);
    expect(shown.sort()).toEqual(comparison.bounds.map(({ name }) => name).sort());
    const lines = (figure.layout.shapes ?? []).map(({ x0 }) => x0);
    expect(lines).toEqual(["I(X;Y)", "I(X;Z|Y)", "set"].map((q) => comparison.truth[q as "set"].value));
  });

  it("says when there is nothing to show", () => {
    expect(() => boundComparison(comparison, { quantities: ["H(X|Y)"] })).toThrow("found none");
  });
});

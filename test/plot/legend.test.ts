import { describe, expect, it } from "vitest";
import type { Figure } from "../../src/plot/figure";
import { intervals } from "../../src/plot/intervals";
import { legendHeight } from "../../src/plot/legend";
import { overIpc } from "../../src/plot/overIpc";
import { layout } from "../../src/plot/theme";

const over = (names: readonly string[]) =>
  overIpc(
    names.map((name) => ({ name, ipc: 1, mean: 1, ci95: 1 })),
    { title: "Title", quantity: "q" },
  );

/** Where things lie, px from the top edge. */
function places({ layout: drawn }: Figure) {
  const height = drawn.height!;
  const { t, b } = drawn.margin as { t: number; b: number };
  const panel = height - t - b;
  return {
    title: (1 - (drawn.title as { y: number }).y) * height,
    legendEnd: t - (drawn.legend!.y! - 1) * panel,
    panel,
  };
}

describe("legends", () => {
  it("above the data begin below the title, however long the names and however high the figure", () => {
    const long = ["a", "b", "c", "d", "e"].map(
      (letter) => `${letter}, a method with a long name, minus another`,
    );
    const rows = Array.from({ length: 20 }, (_, i) => ({
      name: `${i}`,
      group: `IPC ${i % 3}`,
      mean: 1,
      ci95: 1,
    }));
    for (const figure of [
      over(long),
      over(["a", "b"]),
      intervals(rows, { title: "t", quantity: "q", unit: "u" }),
    ]) {
      const { title, legendEnd } = places(figure);
      expect(title).toBeCloseTo(13);
      // Letters of 17 px.
      expect(legendEnd - legendHeight(figure.data)).toBeGreaterThan(title + 1 - 20);
      expect(legendEnd).toBeLessThan((figure.layout.margin as { t: number }).t);
    }
    expect(legendHeight(over(long).data)).toBe(5 * 32);
    expect(places(over(long)).panel).toBe(places(over(["a"])).panel);
  });

  it("beside the data end above its lower edge", () => {
    const { panel } = places(over(Array.from({ length: 30 }, (_, i) => `method ${i}`)));
    expect(panel).toBeGreaterThanOrEqual(30 * 22);
  });

  it("and titles keep their distance in pixels in a figure of any height", () => {
    const [low, high] = [440, 1000].map((height) => places({ data: [], layout: layout("t", { height }) }));
    expect(high!.title).toBeCloseTo(low!.title);
    expect(high!.legendEnd).toBeCloseTo(low!.legendEnd);
  });
});

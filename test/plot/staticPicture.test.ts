import { describe, expect, it } from "vitest";
import type { Figure } from "../../src/plot/figure";
import { textWidth } from "../../src/plot/font";
import { plotlyPage } from "../../src/plot/plotlyPage";
import { staticPicture } from "../../src/plot/staticPicture";
import { textBox, textRuns } from "../../src/plot/svgText";
import { axis, layout } from "../../src/plot/theme";
import { decode } from "./images";

const line: Figure = {
  data: [{ type: "scatter", x: [1, 2, 3], y: [1, 4, 2], name: "a" }],
  layout: layout("Title with β<sub>t</sub> and x<sup>2</sup>", {
    xaxis: axis("step"),
    yaxis: axis("value", "nats"),
  }),
};

describe("staticPicture", () => {
  it("has the size that it is asked for", async () => {
    const picture = await decode(await staticPicture(line, { width: 300, height: 200, scale: 1.5 }));
    expect([picture.width, picture.height]).toEqual([450, 300]);
  });

  it("needs no system fonts: all letters are outlines", async () => {
    const svg = await plotlyPage().svg(line, 500, 300);
    expect(svg).not.toContain("<text");
    expect(svg).not.toContain("font-family");
    expect((svg.match(/<path d="M/g) ?? []).length).toBeGreaterThan(8);
  });

  it("gives the same bytes for the same figure and leaves the figure as it was", async () => {
    const before = JSON.stringify(line);
    const [first, second] = await Promise.all([staticPicture(line), staticPicture(line)]);
    expect(first.equals(second)).toBe(true);
    expect(JSON.stringify(line)).toBe(before);
  });

  it("keeps axis titles clear of tick labels", async () => {
    const wide: Figure = { ...line, data: [{ type: "scatter", x: [1, 2], y: [1_000_000.25, 1_000_000.5] }] };
    const picture = await decode(await staticPicture(wide, { scale: 1 }));
    // A column without ink must lie between the upright title and the numbers of the y axis.
    const ink = Array.from({ length: 60 }, (_, x) =>
      picture.count((pixel) => pixel[3] > 60, { left: x, right: x + 1, top: 90, bottom: 380 }),
    );
    const title = ink.findIndex((count) => count > 0);
    const gap = ink.findIndex((count, x) => x > title && count === 0);
    expect(title).toBeGreaterThan(0);
    expect(gap).toBeGreaterThan(title);
    expect(ink.slice(gap).some((count) => count > 0)).toBe(true);
  });

  it("paints heat maps, for which there is no canvas", async () => {
    const heat: Figure = {
      data: [
        {
          type: "heatmap",
          z: [
            [0, 1],
            [1, 0],
          ],
          colorscale: [
            [0, "rgb(10, 20, 200)"],
            [1, "rgb(200, 20, 10)"],
          ],
          showscale: false,
        },
      ],
      layout: {
        width: 200,
        height: 200,
        margin: { l: 0, r: 0, t: 0, b: 0 },
        xaxis: { visible: false },
        yaxis: { visible: false },
      },
    };
    const picture = await decode(await staticPicture(heat, { scale: 1 }));
    const colours = [picture.at(50, 150), picture.at(150, 150), picture.at(50, 50)].map(
      ([red, , blue]) => red > blue,
    );
    expect(colours).toEqual([false, true, true]);
  });

  it("goes on after a figure that Plotly cannot draw", async () => {
    const broken = { data: [{ type: "scatter", x: [() => 1] }], layout: {} } as unknown as Figure;
    await expect(staticPicture(broken)).rejects.toThrow();
    expect((await staticPicture(line)).length).toBeGreaterThan(1000);
  });
});

describe("text in SVG", () => {
  const element = (svg: string) => {
    const { JSDOM } = require("jsdom") as typeof import("jsdom");
    const { window } = new JSDOM();
    const document = new window.DOMParser().parseFromString(
      `<svg xmlns="http://www.w3.org/2000/svg">${svg}</svg>`,
      "image/svg+xml",
    );
    return document.querySelector("text") as unknown as Element;
  };

  it("shifts text by its anchor", () => {
    const runs = ["start", "middle", "end"].map(
      (anchor) =>
        textRuns(
          element(`<text x="100" y="20" text-anchor="${anchor}" style="font-size: 10px">abc</text>`),
        )[0]!,
    );
    const wide = textWidth("abc", 10);
    expect(runs.map(({ x }) => x)).toEqual([100, 100 - wide / 2, 100 - wide]);
    expect(runs[0]!.y).toBe(20);
  });

  it("starts a line for each line span and measures them together", () => {
    const text = element(
      '<text x="0" y="10" style="font-size: 10px"><tspan x="0" y="10" dy="0em">short</tspan><tspan x="0" y="10" dy="1.3em">a longer line</tspan></text>',
    );
    expect(textRuns(text).map(({ y }) => y)).toEqual([10, 23]);
    const box = textBox(text);
    expect(box.width).toBeCloseTo(textWidth("a longer line", 10));
    expect(box.height).toBeGreaterThan(20);
  });

  it("makes subscripts smaller and lower, and comes back to the line", () => {
    const [base, sub, after] = textRuns(
      element(
        '<text x="0" y="0" style="font-size: 10px">x\u200b<tspan style="font-size:70%" dy="0.3em">t</tspan><tspan dy="-0.21em">\u200b</tspan> y</text>',
      ),
    );
    expect(sub!.size).toBeCloseTo(7);
    expect(sub!.y).toBeCloseTo(2.1);
    expect(sub!.x).toBeCloseTo(base!.x + textWidth("x", 10));
    expect(after!.y).toBeCloseTo(0);
  });
});

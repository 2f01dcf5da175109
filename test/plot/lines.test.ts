import { describe, expect, it } from "vitest";
import { lines } from "../../src/plot/lines";
import { plotlyPage } from "../../src/plot/plotlyPage";
import { scatter } from "../../src/plot/scatter";
import { ink, methodColour, methodMarker } from "../../src/plot/theme";

type Trace = Record<string, unknown>;
const traces = (data: readonly object[]) => data as unknown as Trace[];
const problems = (figure: { data: object[]; layout: object }) =>
  plotlyPage().plotly.validate(figure.data, figure.layout) ?? [];

describe("lines", () => {
  const at = (x: number, mean: number, ci95?: number) => ({
    x,
    mean,
    ...(ci95 === undefined ? {} : { ci95 }),
  });
  const panels = ["mixture", "context"].map((name) => ({
    heading: `about<br>${name}`,
    lines: [
      { name: "truth", points: [at(2, 1), at(256, 2)] },
      { name, points: [at(2, 0.9, 0.1), at(256, 1.5, Number.NaN)] },
    ],
  }));
  const options = { title: "t", x: ["dimension d"], y: ["information", "nats"], scale: "log" } as const;

  it("draw panels with one vertical scale, ticks where values are, and each name once", () => {
    const figure = lines(panels, { ...options, fromZero: true });
    expect(problems(figure)).toEqual([]);
    expect(traces(figure.data).map(({ name, xaxis, showlegend }) => [name, xaxis, showlegend])).toEqual([
      ["truth", "x", true],
      ["mixture", "x", true],
      ["truth", "x2", false],
      ["context", "x2", true],
    ]);
    const [truth, mixture] = traces(figure.data);
    expect(truth).toMatchObject({ line: { color: ink, dash: "dash" }, mode: "lines" });
    expect(truth).not.toHaveProperty("error_y");
    expect(mixture).toMatchObject({
      marker: { color: methodColour("mixture") },
      error_y: { array: [0.1, 0] },
    });
    expect(figure.layout).toMatchObject({
      xaxis: { type: "log", tickvals: [2, 256], ticktext: ["2", "256"] },
      yaxis: { rangemode: "tozero", title: { text: "information (nats)" } },
      annotations: [{ text: "about<br>mixture" }, { text: "about<br>context" }],
    });
    // The headings have two lines, over which the legend stands.
    const alone = lines([{ lines: panels[0]!.lines }], options);
    expect(figure.layout.height! - alone.layout.height!).toBe(36);
    expect(alone.layout.annotations).toEqual([]);
  });

  it("refuse what is empty", () => {
    expect(() => lines([], options)).toThrow("a curve at least in each panel");
    expect(() => lines([{ lines: [{ name: "a", points: [] }] }], options)).toThrow('found none in "a"');
  });
});

describe("scatter", () => {
  it("gives each group its look before a grey background, and names axes without units", () => {
    const figure = scatter(
      [
        { name: "igds", points: Float32Array.of(0, 1, 2, 3), said: ["shirt", "bag"] },
        { name: "mine", points: [4, 5] },
      ],
      { title: "t", x: ["first"], y: ["second"], background: { name: "real", points: [0, 0] }, equal: true },
    );
    expect(problems(figure)).toEqual([]);
    const [real, igds] = traces(figure.data);
    expect(real).toMatchObject({ name: "real", hoverinfo: "skip" });
    expect(igds).toMatchObject({
      name: "IGDS",
      x: [0, 2],
      y: [1, 3],
      text: ["shirt", "bag"],
      marker: { color: methodColour("igds"), symbol: methodMarker("igds") },
    });
    expect(figure.layout.yaxis).toMatchObject({ title: { text: "second" }, scaleanchor: "x" });
    expect(() => scatter([], { title: "t", x: ["a"], y: ["b"] })).toThrow("at least one group");
  });
});

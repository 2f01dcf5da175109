import { describe, expect, it } from "vitest";
import { methods } from "../../src/distill/methods";
import { accuracyOverEvaluations } from "../../src/plot/accuracyOverEvaluations";
import { heatMap } from "../../src/plot/heatMap";
import { intervals } from "../../src/plot/intervals";
import { overIpc } from "../../src/plot/overIpc";
import { plane } from "../../src/plot/plane";
import { staticPicture } from "../../src/plot/staticPicture";
import { methodColour, methodMarker } from "../../src/plot/theme";

type Trace = Record<string, never> & { name: string; x: number[]; y: number[] };
const traces = (data: readonly object[]) => data as unknown as Trace[];

describe("figures of experiments", () => {
  it("quantities over IPC carry intervals, units and a ceiling", () => {
    const points = [10, 1].map((ipc) => ({
      name: "igds",
      ipc,
      mean: ipc / 10,
      ci95: ipc === 1 ? Number.NaN : 0.2,
    }));
    const figure = overIpc(points, {
      title: "Context",
      quantity: "information",
      unit: "nats",
      ceiling: { name: "ln IPC", at: Math.log },
    });
    const [igds, ceiling] = traces(figure.data);
    expect(igds).toMatchObject({
      y: [0.1, 1],
      error_y: { array: [0, 0.2] },
      line: { color: methodColour("igds") },
    });
    expect(ceiling.y).toEqual([0, Math.log(10)]);
    expect(figure.layout).toMatchObject({
      xaxis: { ticktext: ["1", "10"] },
      yaxis: { title: { text: "information (nats)" } },
    });
    expect(() => overIpc([], { title: "none", quantity: "q" })).toThrow(/at least one point/);
  });

  it("a level is a line where it does not squeeze the points, else it is told by the axis", () => {
    const drawn = (means: readonly number[]) =>
      overIpc(
        means.map((mean, i) => ({ name: `m${i}`, ipc: 1, mean, ci95: 1 })),
        { title: "Accuracy", quantity: "accuracy", unit: "%", level: { name: "guessing", at: 10 } },
      ).layout;
    expect(drawn([20, 60])).toMatchObject({
      shapes: [{ y0: 10 }],
      yaxis: { title: { text: "accuracy (%)" }, rangemode: "tozero" },
    });
    expect(drawn([50, 60])).toMatchObject({
      shapes: [],
      yaxis: { title: { text: "accuracy (%; guessing: 10)" } },
    });
  });

  it("what a figure is not about is grey and thin, without a place in the legend", () => {
    const names = ["igds", "kcenter", "diffusion"];
    const figure = overIpc(
      names.map((name) => ({ name, ipc: 1, mean: 1, ci95: 1 })),
      { title: "Accuracy", quantity: "q", about: ["igds", "diffusion"] },
    );
    const [kcenter, igds, diffusion] = traces(figure.data);
    expect(kcenter).toMatchObject({ name: "k-center real", mode: "lines", showlegend: false, x: [0] });
    expect(kcenter).not.toHaveProperty("error_y");
    expect(igds).toMatchObject({ name: "IGDS", mode: "lines+markers", x: [-0.035] });
    expect(diffusion.x).toEqual([0.035]);
  });

  it("many names stand beside the data, where they do not reach into the title", () => {
    const legend = (count: number) =>
      overIpc(
        Array.from({ length: count }, (_, i) => ({ name: `m${i}`, ipc: 1, mean: i, ci95: 1 })),
        { title: "Many", quantity: "q" },
      ).layout?.legend?.orientation;
    expect([legend(6), legend(7)]).toEqual(["h", "v"]);
  });

  it("accuracy over evaluations has a line per method and sampler, on a logarithmic axis", () => {
    const point = (method: string, way: string, evaluations: number) => ({
      ...{ method, way, evaluations },
      mean: evaluations / 2,
      ci95: 1,
    });
    const figure = accuracyOverEvaluations([
      point("igds", "ddpm", 100),
      point("igds", "ddpm", 40),
      point("igds", "heun", 42),
      point("diffusion", "ddpm", 100),
    ]);
    const drawn = traces(figure.data);
    expect(drawn.map(({ name }) => name)).toEqual(["IGDS, ddpm", "IGDS, heun", "plain diffusion, ddpm"]);
    expect(drawn[0].x[0]).toBe(40);
    expect(drawn[1].x).toEqual([42]);
    // Two have 100: beside each other, around it, and told as it is.
    const [left, right] = [drawn[0].x[1], drawn[2].x[0]];
    expect(right / left).toBeGreaterThan(1.01);
    expect(Math.sqrt(left * right)).toBeCloseTo(100);
    expect(drawn[2]).toMatchObject({ customdata: [[100, " ± 1.0"]] });
    // 42 would stand on 40.
    expect(figure.layout).toMatchObject({ xaxis: { type: "log", tickvals: [40, 100] } });
    expect(() => accuracyOverEvaluations([])).toThrow(/at least one point/);
  });

  it("rows of intervals lie in the order given, one series per group", () => {
    const rows = ["b", "a"].flatMap((name) =>
      ["IPC 1", "IPC 5"].map((group) => ({ name, group, mean: 1, ci95: 2 })),
    );
    const figure = intervals(rows, { title: "Ablation", quantity: "gain", unit: "points", zero: true });
    expect(traces(figure.data).map(({ name }) => name)).toEqual(["IPC 1", "IPC 5"]);
    expect(figure.layout).toMatchObject({
      yaxis: { ticktext: ["b", "a"], range: [1.5, -0.5] },
      shapes: [{ x0: 0, x1: 0 }],
    });
  });

  it("bounds have their own look, which is that of no method", () => {
    const look = (group: string) => {
      const rows = [group, "anything"].map((name) => ({ name: "a", group: name, mean: 1, ci95: 2 }));
      return intervals(rows, { title: "Gain", quantity: "gain", unit: "nats" }).data[0] as {
        marker: { color: string; symbol: string };
      };
    };
    const bounds = ["prototype", "contextual", "mixture", "context", "cmi", "set"].map(look);
    for (const { marker } of bounds) {
      expect(marker.symbol).toMatch(/-open$/);
      for (const method of methods) expect(marker.color).not.toBe(methodColour(method));
    }
    expect(look("contextual").marker).toEqual(look("mixture").marker);
    expect(new Set(bounds.map(({ marker }) => marker.color)).size).toBe(bounds.length - 1);
    const [prototype, contextual] = ["prototype", "contextual"].map((name) => look(name).marker);
    expect(prototype).not.toEqual(look("diffusion").marker);
    expect(contextual).not.toEqual(look("igds").marker);
    expect(methodColour("beta = 0")).toBe(methodColour("prototype only"));
    expect(methodMarker("beta = 0")).toBe(methodMarker("prototype only"));
  });

  it("a map names a curve that is alone, leaves out what is NaN, and refuses what does not fit its axes", () => {
    const options = {
      title: "Accuracy",
      columns: { title: "IPC", values: [1, 5] },
      rows: { title: "beta", values: [0, 4] },
      quantity: "accuracy",
      unit: "%",
    };
    const values = [
      [70, 71],
      [72, 73],
    ];
    const figure = heatMap(values, { ...options, curves: [{ name: "a", values: [Number.NaN, 2] }] });
    expect(figure.layout.showlegend).toBe(true);
    expect(traces(figure.data)[1].y).toEqual([null, 0.5]);
    expect(() => heatMap(values.slice(1), options)).toThrow("expected 2 rows of 2 values, found rows of 2.");
    expect(() => heatMap([[70], [72, 73]], options)).toThrow("found rows of 1, 2.");
    const short = [{ name: "b", values: [1] }];
    expect(() => heatMap(values, { ...options, curves: short })).toThrow(
      'a value for each of 2 columns in curve "b", found 1',
    );
  });

  it("a map tells what was measured at a curve where it has nothing itself", () => {
    const figure = heatMap(
      [
        [70, null],
        [72, null],
      ],
      {
        title: "Accuracy",
        columns: { title: "IPC", values: [1, 20] },
        rows: { title: "beta", values: [0, 4] },
        quantity: "accuracy",
        unit: "%",
        curves: [{ name: "formula", values: [0, 2.6], measured: [70.2, 82.71] }],
      },
    );
    expect(traces(figure.data)[1]).toMatchObject({ text: ["", "82.7"], y: [0, 0.65] });
  });

  it("a plane joins the points of a series, and gives those far away a panel of their own", () => {
    const point = (name: string, text: string, x: number) => ({
      ...{ name, text },
      x: { mean: x, ci95: 0.1 },
      y: { mean: 1, ci95: 0.1 },
    });
    const points = [point("igds", "5", 2.2), point("igds", "50", 2.3), point("kcenter", "5", 0)];
    const options = { title: "Plane", x: ["I", "nats"], y: ["H", "nats"] } as const;
    const figure = plane(points, { ...options, lines: true, apart: ["kcenter"] });
    const [igds, kcenter] = traces(figure.data);
    expect(igds).toMatchObject({ mode: "text+lines+markers", text: ["", "50"], customdata: ["5", "50"] });
    expect(igds).not.toHaveProperty("xaxis");
    expect(kcenter).toMatchObject({ xaxis: "x2" });
    expect(figure.layout).toMatchObject({ xaxis: { domain: [0.24, 1] }, xaxis2: { domain: [0, 0.2] } });
    // Nothing to stand apart from.
    expect(plane(points.slice(0, 2), { ...options, apart: ["kcenter"] }).layout).not.toHaveProperty("xaxis2");
    expect(plane(points.slice(2), { ...options, apart: ["kcenter"] }).layout).not.toHaveProperty("xaxis2");
  });

  it("a map places curves between its rows, and has a static picture", async () => {
    const figure = heatMap(
      [
        [70, 71],
        [72, null],
      ],
      {
        title: "Accuracy",
        columns: { title: "IPC", values: [1, 5] },
        rows: { title: "beta", values: [0, 4] },
        quantity: "accuracy",
        unit: "%",
        curves: [{ name: "found", values: [1, 9] }],
      },
    );
    const [map, curve] = traces(figure.data);
    // A filled marker would hide the number that it points at.
    expect(curve).toMatchObject({ marker: { symbol: "circle-open" }, text: ["", ""] });
    expect(map).toMatchObject({
      text: [
        ["70.0", "71.0"],
        ["72.0", ""],
      ],
    });
    expect(curve.y).toEqual([0.25, 1]);
    const at = { mean: 1, ci95: 0.1 };
    const points = plane([{ name: "igds", text: "10", x: at, y: at }], {
      title: "Plane",
      x: ["I", "nats"],
      y: ["H", "nats"],
    });
    for (const one of [figure, points]) expect((await staticPicture(one)).length).toBeGreaterThan(5000);
  });
});

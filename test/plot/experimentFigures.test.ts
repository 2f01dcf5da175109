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
    expect(traces(figure.data).map(({ name, x }) => [name, x])).toEqual([
      ["IGDS, ddpm", [40, 100]],
      ["IGDS, heun", [42]],
      ["plain diffusion, ddpm", [100]],
    ]);
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

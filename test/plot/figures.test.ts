import { beforeAll, describe, expect, it } from "vitest";
import { accuracyOverIpc, gainOverIpc } from "../../src/plot/accuracy";
import { denoisingAnimation } from "../../src/plot/animation";
import { boundsOverSteps } from "../../src/plot/bounds";
import type { Figure } from "../../src/plot/figure";
import { imageGrid } from "../../src/plot/grid";
import {
  balanceOf,
  balanceText,
  cutBars,
  cutText,
  ledgerFigure,
  ledgerOf,
  ledgerRange,
} from "../../src/plot/ledger";
import { lossCurve } from "../../src/plot/loss";
import { plotlyPage } from "../../src/plot/plotlyPage";
import { staticPicture } from "../../src/plot/staticPicture";
import { methodColour, methodMarker } from "../../src/plot/theme";
import { decode, images } from "./images";
import { records, stepCount } from "./records";

interface Trace {
  readonly name: string;
  readonly x: number[];
  readonly y: number[];
  readonly yaxis?: string;
  readonly fill?: string;
  readonly line?: { color: string; dash?: string };
  readonly mode?: string;
  readonly marker?: { color: string; symbol?: string; pattern?: { shape: string } };
  readonly showlegend?: boolean;
  readonly error_y?: { array: number[] };
}

const traces = (figure: Figure) => figure.data as unknown as Trace[];

const rows = ["random", "igds", "diffusion"].flatMap((method, m) =>
  [1, 10].map((ipc) => ({ method, ipc, mean: 40 + 10 * m + ipc, ci95: 3 + m, n: 3 })),
);

let figures: Record<string, Figure>;

beforeAll(async () => {
  const picture = await imageGrid(images(4, 8, 1, (_, y, x) => Math.sin(y * x)));
  figures = {
    bounds: boundsOverSteps(
      [
        { label: "igds", records: records(0.2) },
        { label: "diffusion", records: records() },
      ],
      { ipc: 10, classes: 10 },
    ),
    ledger: ledgerFigure(records(), 0),
    accuracy: accuracyOverIpc(rows, { chance: 10 }),
    gain: gainOverIpc(rows),
    loss: lossCurve(Array.from({ length: 100 }, (_, i) => ({ step: i * 10, loss: 0.05 + 1 / (i + 1) }))),
    animation: denoisingAnimation(["900", "500", "0"].map((label) => ({ label, image: picture }))),
  };
});

describe.each(["bounds", "ledger", "accuracy", "gain", "loss", "animation"])("%s figure", (name) => {
  it("is plain JSON that Plotly accepts whole", () => {
    const figure = figures[name]!;
    expect(JSON.parse(JSON.stringify(figure.layout))).toEqual(figure.layout);
    const problems = plotlyPage().plotly.validate(figure.data, figure.layout) ?? [];
    // Plotly compares the arguments of buttons by identity and reports each object as changed.
    expect(problems.map(({ msg }) => msg).filter((msg) => !/args\[\d\] .* got reset/.test(msg))).toEqual([]);
  });

  it("becomes a picture with ink in the data area, on a transparent ground", async () => {
    const picture = await decode(await staticPicture(figures[name]!, { scale: 1 }));
    expect(picture.width).toBe(760);
    const data = { left: 80, top: 100, right: 730, bottom: picture.height - 70 };
    expect(picture.count((pixel) => pixel[3] > 100, data)).toBeGreaterThan(800);
    expect(picture.at(picture.width - 3, 3)[3]).toBe(0);
  });

  it("names its axes with units", () => {
    if (name === "animation") return;
    const layout = figures[name]!.layout as Record<string, { title?: { text: string } } | undefined>;
    const titles = ["xaxis", "xaxis2", "yaxis", "yaxis2"].map((axis) => layout[axis]?.title?.text ?? "");
    expect(
      titles.some((text) =>
        /\((nats|%|percentage points|mean squared error of epsilon)(; guessing: \d+)?\)$/.test(text),
      ),
    ).toBe(true);
  });
});

describe("boundsOverSteps", () => {
  it("draws the mean over images, the sandwich as a band, and the ceilings ln C and ln IPC", () => {
    const plain = traces(figures.bounds!).filter(({ line }) => line?.color === methodColour("diffusion"));
    const prototype = plain.find(({ yaxis }) => yaxis === "y")!;
    expect(prototype.x).toEqual(records().map(({ t }) => t));
    expect(prototype.y[stepCount - 1]).toBeCloseTo((stepCount - 1) / 10, 5);
    const band = plain.findIndex(({ fill }) => fill === "tonexty");
    expect(plain[band]!.y[0]).toBeCloseTo(0.7, 6);
    expect(plain[band - 1]!.y[0]).toBeCloseTo(0.2, 6);
    const shapes = figures.bounds!.layout.shapes as { y0: number }[];
    expect(shapes.map(({ y0 }) => y0)).toEqual([Math.log(10), Math.log(10)]);
  });

  it("keeps zero and the ceiling in sight, and lets a vacuous bound squeeze nothing", () => {
    const range = (figure: Figure, at: string) =>
      (figure.layout as Record<string, { range: number[] }>)[at]!.range;
    const [low, high] = range(
      boundsOverSteps([{ label: "a", records: records(-50) }], { ipc: 10, classes: 10 }),
      "yaxis",
    );
    expect(low).toBeLessThan(0);
    expect(low).toBeGreaterThan(-Math.log(10));
    expect(high).toBeGreaterThan(Math.log(10));
    expect(range(figures.bounds!, "yaxis2")[0]).toBe(0);
    const one = range(boundsOverSteps([{ label: "a", records: records() }], { ipc: 1 }), "yaxis2");
    expect(one[1]! - one[0]!).toBeGreaterThan(0.05);
  });

  it("tells several runs apart by markers too, and draws a single one as lines", () => {
    const marked = (figure: Figure) =>
      traces(figure).flatMap(({ mode, marker }) => (mode?.includes("markers") ? [marker!.symbol] : []));
    expect(new Set(marked(figures.bounds!))).toEqual(new Set(["igds", "diffusion"].map(methodMarker)));
    expect(marked(boundsOverSteps([{ label: "a", records: records() }], { ipc: 10 }))).toEqual([]);
  });

  it("lays no third band over two others", () => {
    const of = (count: number) =>
      traces(
        boundsOverSteps(
          Array.from({ length: count }, (_, i) => ({ label: `run ${i}`, records: records(i / 10) })),
          { ipc: 10 },
        ),
      );
    expect(of(2).filter(({ fill }) => fill)).toHaveLength(2);
    expect(of(3).filter(({ fill }) => fill)).toEqual([]);
    expect(of(3).map(({ name }) => name)).toContain("mixture, low (thick) and high (thin)");
  });

  it("refuses a run without bounds by its name", () => {
    const bare = records().map(({ bounds: _, ...record }) => record);
    expect(() => boundsOverSteps([{ label: "mine", records: bare }], { ipc: 1 })).toThrow(
      'run "mine" has no bounds',
    );
  });
});

describe("ledger", () => {
  it("marks bars that go on beyond its range, and says how far", () => {
    const account = { value: [0.5, 1, 1], terms: { a: [9, 1, -0.5], b: [-0.5, 0.5, -7.25] } };
    expect(ledgerRange([account])).toEqual([-2, 2]);
    const cut = cutBars(account, [-2, 2]);
    expect(cut).toEqual([
      { step: 0, worth: 9 },
      { step: 2, worth: -7.75 },
    ]);
    expect(cutText(cut)).toBe("▲ to 9.0, ▼ to −7.8");
    expect(cutText([])).toBe("");
    const strong = records(1).map((record, i) => {
      const [prototype, mixture] = record.guidance.terms;
      const worth = { ...prototype!.worth!, prototype: Float32Array.of(i === 4 ? 8 : 0.5, 0, 0, 0) };
      return { ...record, guidance: { terms: [{ ...prototype!, worth }, mixture!] } };
    });
    const figure = ledgerFigure(strong, 0);
    const [arrows, none] = traces(figure).filter(({ name }) => name === "bars that go on");
    expect(none).toBeUndefined();
    expect(arrows).toMatchObject({ x: [750], yaxis: "y", customdata: [8] });
    expect(arrows!.y[0]).toBe((figure.layout.yaxis!.range as number[])[1]);
    const said = figure.layout.annotations!.map(({ text }) => text);
    expect(said).toEqual(["<b>Prototype</b>  ▲ to 8.0", "<b>Contextual</b>"]);
  });

  it("draws the bounds of the image, and what the push of each term is worth, in both accounts", () => {
    const drawn = traces(ledgerFigure(records(), 1));
    const of = (name: string, yaxis: string) =>
      drawn.find((trace) => trace.name === name && trace.yaxis === yaxis)!.y;
    expect(of("push of the prototype term", "y")).toEqual(new Array(stepCount).fill(0.5));
    expect(of("push of the mixture term", "y2")[10]).toBe(0);
    const first = traces(ledgerFigure(records(), 0));
    expect(first.find(({ name, yaxis }) => name.includes("mixture") && yaxis === "y2")!.y[10]).toBeCloseTo(
      0.1,
    );
    expect(of("lower bound", "y2")[0]).toBeCloseTo(0.3);
    expect(of("upper bound", "y2")[0]).toBeCloseTo(0.9);
  });

  it("names each term once, also one that only the contextual panel has, and gives each a pattern", () => {
    const alone = records().map((record) => {
      const [prototype, mixture] = record.guidance.terms;
      const worth = { contextual: mixture!.worth!.contextual! };
      return { ...record, guidance: { terms: [prototype!, { ...mixture!, worth }] } };
    });
    for (const given of [records(), alone]) {
      const bars = traces(ledgerFigure(given, 0)).filter(({ name }) => name.startsWith("push"));
      const named = bars.filter(({ showlegend }) => showlegend).map(({ name }) => name);
      expect(named).toEqual(["push of the prototype term", "push of the mixture term"]);
      const patterns = new Map(bars.map(({ name, marker }) => [name, marker!.pattern?.shape]));
      expect(new Set(patterns.values()).size).toBe(2);
    }
  });

  it("balances: what the image began with, the pushes, and the rest make what it has", () => {
    const { contextual, prototype } = ledgerOf(records(), 0);
    const balance = balanceOf(contextual);
    expect(balance.terms).toEqual({ prototype: -0.125 * 19, mixture: expect.closeTo(1.71, 5) });
    const pushed = Object.values(balance.terms).reduce((a, b) => a + b);
    expect(balance.start + pushed + balance.denoising).toBeCloseTo(balance.end, 6);
    expect(balanceText(balanceOf({ value: [-0.5, 1.25], terms: { mixture: [2, 9] } }))).toBe(
      "−0.50 at the start, +2.00 mixture term, −0.25 denoising, 1.25 nats now",
    );
    expect(prototype.terms).toHaveProperty("prototype");
  });

  it("has curves alone where nothing guides, and refuses images that are not there and runs without bounds", () => {
    const plain = records().map((record) => ({ ...record, guidance: { terms: [] } }));
    expect(traces(ledgerFigure(plain, 0)).map(({ name }) => name)).toEqual([
      "lower bound",
      "lower bound",
      "upper bound",
    ]);
    expect(() => ledgerFigure(records(), 4)).toThrow("image index from 0 to 3, found 4");
    const bare = records().map(({ bounds: _, ...record }) => record);
    expect(() => ledgerFigure(bare, 0)).toThrow("carry no bounds");
  });
});

describe("accuracy figures", () => {
  it("sets methods side by side around their IPC, with their intervals", () => {
    const [random, igds] = traces(accuracyOverIpc(rows));
    expect(random!.name).toBe("random real");
    expect(random!.y).toEqual([41, 50]);
    expect(random!.error_y!.array).toEqual([3, 3]);
    expect(igds!.x[0]! - random!.x[0]!).toBeGreaterThan(0.05);
    expect(Math.round(igds!.x[1]!)).toBe(1);
  });

  it("counts the gain from the baseline and adds the intervals in squares", () => {
    const [random, igds] = traces(gainOverIpc(rows));
    expect(random!.y).toEqual([-20, -20]);
    expect(igds!.error_y!.array[0]).toBeCloseTo(Math.hypot(4, 5));
    expect(traces(gainOverIpc(rows)).map(({ name }) => name)).not.toContain("plain diffusion");
    expect(() => gainOverIpc(rows, { baseline: "kmeans" })).toThrow(
      'no row of the baseline "kmeans" at IPC 1',
    );
  });
});

describe("lossCurve", () => {
  it("leaves gaps where training went wrong, and ends", () => {
    const losses = [1, Number.POSITIVE_INFINITY, Number.NaN, 0.5];
    const points = losses.map((loss, step) => ({ step, loss }));
    const figure = lossCurve(points);
    expect(traces(figure)[0]!.y).toEqual([1, null, null, 0.5]);
    const { tickvals } = figure.layout.yaxis as { tickvals: number[] };
    expect([Math.min(...tickvals), Math.max(...tickvals)]).toEqual([0.1, 7]);
    const long = lossCurve(Array.from({ length: 40 }, (_, step) => ({ step, loss: losses[step % 4]! })));
    for (const mean of traces(long)[1]!.y) expect(mean).toBeGreaterThanOrEqual(0.5);
    expect(() => lossCurve(points.slice(1, 3))).toThrow(
      "a finite loss above 0 at one step at least, found Infinity",
    );
  });
});

describe("ledgerRange", () => {
  it("holds lines whole and pushes up to twice the lines", () => {
    const account = { value: [0.5, 1], terms: { a: [0.2, 30], b: [-0.3, 1] } };
    expect(ledgerRange([account])).toEqual([-0.3, 2]);
    expect(ledgerRange([{ value: [-50, 1], terms: {} }])).toEqual([-2, 1]);
    expect(ledgerRange([{ value: [0], high: [0.7], terms: {} }])).toEqual([0, 0.7]);
  });
});

describe("denoisingAnimation", () => {
  it("carries its pictures, so that it plays without a kernel", () => {
    const { frames, layout } = figures.animation!;
    expect(frames).toHaveLength(3);
    for (const frame of frames!) {
      const [image] = (frame.layout as { images: { source: string }[] }).images;
      expect(image!.source).toMatch(/^data:image\/png;base64,iVBOR/);
    }
    const [slider] = layout.sliders as { steps: { label: string; args: [string[]] }[] }[];
    expect(slider!.steps.map(({ label, args }) => [label, args[0][0]])).toEqual([
      ["900", "0"],
      ["500", "1"],
      ["0", "2"],
    ]);
  });

  it("takes data URIs and refuses what is not a PNG", async () => {
    const png = await imageGrid(images(1, 8, 1, () => 0));
    const uri = `data:image/png;base64,${png.toString("base64")}`;
    expect(denoisingAnimation([{ label: "1", image: uri }]).frames).toHaveLength(1);
    const larger = await imageGrid(images(1, 9, 1, () => 0));
    const odd = ["1", "0"].map((label, i) => ({ label, image: i === 0 ? png : larger }));
    expect(() => denoisingAnimation(odd)).toThrow(/one size, found \d+ x \d+ px and, at "0", \d+ x \d+ px/);
    expect(() => denoisingAnimation([{ label: "1", image: "data:image/jpeg;base64,AAAA" }])).toThrow(
      "expected a PNG",
    );
  });
});

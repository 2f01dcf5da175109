import { describe, expect, it } from "vitest";
import { compare } from "../../src/notebook/compare";
import { resetCarrier } from "../../src/notebook/figureBundle";
import { type Displayable, jupyterDisplay } from "../../src/notebook/mime";
import { runFigure, stepBlocks } from "../../src/notebook/runView";
import { textWidth } from "../../src/plot/font";
import { imageDifference } from "../../src/plot/imageBlocks";
import { plotlyPage } from "../../src/plot/plotlyPage";
import { decode, images } from "../plot/images";
import { records } from "../plot/records";
import { startRun } from "./runs";

const bundleOf = (value: unknown) => (value as Displayable)[jupyterDisplay]();
const pictureOf = (figure: { layout: object }) => {
  const [{ source }] = (figure.layout as { images: [{ source: string }] }).images;
  return decode(Buffer.from(source.replace("data:image/png;base64,", ""), "base64"));
};
const annotations = (figure: { layout: object }) =>
  (figure.layout as { annotations: { text: string }[] }).annotations.map(({ text }) => text);

describe("a run as the last value of a cell", () => {
  it("says how to begin, before it has begun", async () => {
    expect(await bundleOf(startRun())).toEqual({
      "text/html": "<p>Run igds: 3 images of Cup, not begun: await run.step()</p>",
      "text/plain": "Run igds: 3 images of Cup, not begun: await run.step()",
    });
  });

  it("draws x_t, x0hat, what guidance changed, and both bounds, in every form", async () => {
    resetCarrier();
    const run = startRun();
    await run.step(2);
    const bundle = await bundleOf(run);
    expect(Object.keys(bundle).sort()).toEqual([
      "application/vnd.plotly.v1+json",
      "image/png",
      "text/html",
      "text/plain",
    ]);
    expect(bundle["text/plain"]).toBe(
      "Run igds: 3 images of Cup, step 2 of 5, t = 749; prototype information >= 1.10 nats, contextual 0.20 to 0.60 nats",
    );
    const figure = await runFigure(run);
    expect(plotlyPage().plotly.validate(figure.data, figure.layout) ?? []).toEqual([]);
    // A row each of x_t, x0hat and the change: the change of the second image is orange at its odd pixels.
    const picture = await pictureOf(figure);
    const orange = picture.count(([red, , blue, alpha]) => alpha === 255 && red > 150 && blue < 50);
    expect(orange).toBeGreaterThan(0.05 * picture.width * picture.height);
    expect(figure.data.filter(({ type }) => type === "scatter").length).toBeGreaterThanOrEqual(4);
    const whole = await decode(Buffer.from(String(bundle["image/png"]), "base64"));
    expect(whole.count(([, , , alpha]) => alpha > 100)).toBeGreaterThan(20_000);
  });

  it("gives the full colour to the largest change that is drawn, not that of a single channel", () => {
    const [record] = records();
    const change = (channels: number, x0: number[]) => {
      const plain = images(4, 4, channels, () => 0);
      const guided = images(4, 4, channels, (_, __, ___, c) => x0[c]!);
      const [, , block] = stepBlocks({ ...record!, x0: guided, plain });
      expect(block!.images).toEqual(imageDifference(guided, plain));
      return block!.limit;
    };
    expect(change(1, [0.6])).toBeCloseTo(0.6, 6);
    expect(change(3, [0.6, 0, 0])).toBeCloseTo(0.2, 6);
    // By the mean of what the first channel of latents is worth in red, green and blue.
    expect(change(4, [1, 0, 0, 0])).toBeCloseTo((0.3512 + 0.2297 + 0.3227) / 3, 5);
  });

  it("shows no guidance where there is none, and a row for each class", async () => {
    const plain = startRun({ method: "diffusion" }, "diffusion");
    const classes = startRun({ classes: ["Cup", "Hat"], ipc: 2 });
    await Promise.all([plain.step(), classes.step()]);
    const [one, two] = [await runFigure(plain), await runFigure(classes)];
    expect(annotations(one).join()).not.toContain("guidance");
    // In lines that a narrow cell has room for.
    const note = annotations(two).find((text) => text.includes("guidance: its change of x0hat"))!;
    for (const line of note.split("<br>")) expect(textWidth(line, 13)).toBeLessThanOrEqual(530);
    const [{ width: a, height: b }, { width: c, height: d }] = [await pictureOf(one), await pictureOf(two)];
    expect([a / b, c / d].map((ratio) => ratio > 1.2)).toEqual([true, true]);
    const titleOf = ({ layout }: { layout: object }) => (layout as { title: { text: string } }).title.text;
    expect(titleOf(two)).toBe("IGDS: 4 images of Cup, Hat");
    const many = startRun({ ipc: 11 });
    await many.step();
    expect(titleOf(await runFigure(many))).toBe("IGDS: 11 images of Cup (shown: 10 of 11 images per class)");
  });
});

describe("compare", () => {
  it("pairs images for prototype and classes for contextual information", async () => {
    const run = startRun({ classes: ["Cup", "Hat"], ipc: 2 });
    await run.finish();
    const fork = run.fork({ weight: 2, beta: 3 }, { at: 0 });
    await fork.finish();
    const comparison = compare(run, fork);
    const [prototype, low] = comparison.rows;
    expect(prototype!.values.map(({ mean }) => mean)).toEqual([expect.closeTo(1.15), expect.closeTo(2.15)]);
    expect(prototype!.differences[0]).toMatchObject({ mean: expect.closeTo(1), ci95: expect.closeTo(0, 5) });
    expect([prototype!.pairs, low!.pairs]).toEqual(["images", "classes"]);
    expect(low!.differences[0]!.values).toEqual([expect.closeTo(0.2), expect.closeTo(0.2)]);
    const bundle = await bundleOf(comparison);
    expect(bundle["text/plain"]).toMatch(/prototype, lower bound +1\.150 +2\.150 +\+1\.000 ± 0\.000/);
    const figure = await comparison.figure();
    expect(annotations(figure)).toEqual(
      expect.arrayContaining(["<b>weight = 2, beta = 3 (− IGDS)</b>", "2.150 (+1.000 ± 0.000)"]),
    );
    expect(plotlyPage().plotly.validate(figure.data, figure.layout) ?? []).toEqual([]);
    expect(Object.keys(bundle)).toContain("image/png");
  });

  it("gives no interval for the contextual information of a single class", async () => {
    const [a, b] = [startRun(), startRun({ beta: 2 }, "beta = 2")];
    await Promise.all([a.finish(), b.finish()]);
    const [prototype, low] = compare(a, b).rows;
    expect(prototype!.differences[0]!.ci95).toBeCloseTo(0);
    expect(low!.differences[0]!.ci95).toBeNaN();
  });

  it("numbers runs of one label, and keeps the values of each", async () => {
    const runs = [startRun(), startRun({ weight: 3 })];
    for (const run of runs) await run.finish();
    const comparison = compare(...runs);
    expect(comparison.names).toEqual(["IGDS (1)", "IGDS (2)"]);
    const { text } = comparison.table();
    expect(text).toMatch(/IGDS \(1\).*IGDS \(2\).*IGDS \(2\) − IGDS \(1\)/);
    const [prototype] = comparison.rows;
    for (const { mean } of prototype!.values) expect(text).toContain(mean.toFixed(3));
    const { data } = await comparison.figure();
    const groups = data.map((trace) => (trace as { legendgroup?: string }).legendgroup);
    expect(groups).toEqual(expect.arrayContaining(["igds (1)", "igds (2)"]));
  });

  it("refuses runs of other noise, whose images are no pairs", async () => {
    const [a, b, c] = [startRun(), startRun({ seed: 1 }, "other"), startRun({ beta: 3 }, "same")];
    for (const run of [a, b, c]) await run.step();
    expect(() => compare(a, c, b)).toThrow(/other noise in "other" than in "igds"; give both the same seed/);
    expect(compare(a, c).rows).toHaveLength(4);
  });

  it("refuses other images, a single run, and runs that have not begun", async () => {
    const [a, b] = [startRun(), startRun({ classes: ["Hat"] }, "hat")];
    await Promise.all([a.step(), b.step()]);
    expect(() => compare(a)).toThrow(/two runs or more, found 1/);
    expect(() => compare(a, b)).toThrow(/3 images of Hat in "hat" and 3 images of Cup in "igds"/);
    expect(() => compare(a, startRun({}, "new"))).toThrow(/"new" has not begun/);
  });
});

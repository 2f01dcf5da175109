import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Displayable, jupyterDisplay, type MimeBundle } from "../../src/notebook/mime";
import { stepper } from "../../src/notebook/stepper";
import type { StepperState } from "../../src/notebook/stepperState";
import { decode } from "../plot/images";
import { listen } from "./listener";
import { type Settings, startRun } from "./runs";

const widgetKey = Symbol.for("Jupyter.widget");
const view = "application/vnd.jupyter.widget-view+json";

/** A page that remembers what it was told, and can ask. */
class Page {
  state!: StepperState;
  heard: Partial<StepperState>[] = [];
  ask!: (message: object) => void;

  readonly maker = ({ state }: { state: StepperState }) => {
    this.state = state;
    return {
      set: (changes: Partial<StepperState>) => {
        this.heard.push(changes);
        this.state = { ...this.state, ...changes };
      },
      onMessage: (handler: (message: object) => void) => {
        this.ask = handler;
      },
      [jupyterDisplay]: () => ({ [view]: { model_id: "m" }, "text/plain": "[widget]" }),
    };
  };

  until(what: (state: StepperState) => boolean): Promise<void> {
    return expect.poll(() => what(this.state), { timeout: 20_000, interval: 5 }).toBe(true);
  }
}

const bundleOf = (value: unknown): Promise<MimeBundle> | MimeBundle =>
  (value as Displayable)[jupyterDisplay]();

describe("a stepper in a kernel with widgets", () => {
  const messages = listen();
  let page: Page;

  beforeEach(() => {
    page = new Page();
    (globalThis as Record<symbol, unknown>)[widgetKey] = page.maker;
  });
  afterEach(() => {
    delete (globalThis as Record<symbol, unknown>)[widgetKey];
  });

  const shown = async (settings: Partial<Settings> = {}) => {
    const run = startRun({ steps: 8, ...settings });
    expect(await bundleOf(stepper(run))).toEqual({});
    return run;
  };

  it("shows itself in a place of its own, with something to see where widgets do not run", async () => {
    await shown();
    expect(messages.map(({ type }) => type)).toEqual(["display_data"]);
    expect(Object.keys(messages[0]!.content.data!)).toEqual(
      expect.arrayContaining([view, "text/html", "text/plain"]),
    );
    expect(page.state).toMatchObject({
      title: "IGDS: 3 images of Cup",
      at: 0,
      count: 8,
      playing: false,
      ceilings: [Math.log(10), Math.log(3)],
    });
    expect(page.state.knobs.map(({ name, value }) => [name, value])).toEqual([
      ["beta", 1],
      ["weight", 1],
    ]);
  });

  it("is shown again by a cell that runs again, with the widget that it has", async () => {
    const made = vi.fn(page.maker);
    (globalThis as Record<symbol, unknown>)[widgetKey] = made;
    const run = startRun();
    const watch = vi.spyOn(run, "watch");
    for (let cell = 0; cell < 2; cell++) expect(await bundleOf(stepper(run))).toEqual({});
    expect([made.mock.calls.length, watch.mock.calls.length]).toEqual([1, 1]);
    expect(messages.map(({ type }) => type)).toEqual(["display_data", "display_data"]);
    expect(messages[1]!.content.data).toHaveProperty([view]);
  });

  it("steps, goes back and to a step, and draws each", async () => {
    const run = await shown();
    page.ask({ do: "step" });
    await page.until(({ at, pictures }) => at === 1 && pictures.length === 3);
    const first = page.state.pictures[1]!;
    expect((await decode(Buffer.from(first))).width).toBe(3 * 7 - 1);
    page.ask({ do: "go", to: 5 });
    await page.until(({ at }) => at === 5);
    expect(run.records).toHaveLength(5);
    expect(page.state.curves.t).toEqual(run.records.map(({ t }) => t));
    expect(Buffer.from(page.state.pictures[1]!).equals(Buffer.from(first))).toBe(false);
    page.ask({ do: "back" });
    await page.until(({ at }) => at === 4);
    page.ask({ do: "go", to: 1 });
    await page.until(({ at }) => at === 1);
    expect(Buffer.from(page.state.pictures[1]!).equals(Buffer.from(first))).toBe(true);
    page.ask({ do: "go", to: -5 });
    await page.until(({ at }) => at === 0);
    expect(run.records).toEqual([]);
  });

  it("plays to the end, step by step, and then leaves an animation in the notebook", async () => {
    const run = await shown();
    page.ask({ do: "play" });
    await page.until(({ at, playing }) => at === 8 && !playing);
    expect(run.done).toBe(true);
    expect(new Set(page.heard.flatMap(({ at }) => (at === undefined ? [] : [at])))).toEqual(
      new Set([1, 2, 3, 4, 5, 6, 7, 8]),
    );
    await expect.poll(() => messages.length, { timeout: 60_000 }).toBe(2);
    const { type, content } = messages[1]!;
    expect(type).toBe("update_display_data");
    expect(content.transient).toEqual(messages[0]!.content.transient);
    const plotly = content.data!["application/vnd.plotly.v1+json"] as { frames: unknown[] };
    expect(plotly.frames).toHaveLength(8);
    expect(Object.keys(content.data!)).toEqual(expect.arrayContaining([view, "image/png", "text/html"]));
  });

  it("leaves the animation too where a cell finishes the run, once for each end that it comes to", async () => {
    const run = await shown();
    await run.finish();
    await expect.poll(() => messages.length, { timeout: 60_000 }).toBe(2);
    const { type, content } = messages[1]!;
    expect(type).toBe("update_display_data");
    expect(content.transient).toEqual(messages[0]!.content.transient);
    expect(content.data!["application/vnd.plotly.v1+json"]).toHaveProperty("frames.length", 8);
    await page.until(({ at }) => at === 8);
    // The same end again, by the steps that were kept.
    run.back(2);
    await run.finish();
    run.back(2);
    run.change({ beta: 3 });
    await run.finish();
    await expect.poll(() => messages.length, { timeout: 60_000 }).toBe(3);
  });

  it("draws the output anew only when the reader has let go", async () => {
    const run = await shown({ steps: 2 });
    page.ask({ do: "hold" });
    page.ask({ do: "go", to: 2 });
    await page.until(({ at }) => at === 2);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(messages).toHaveLength(1);
    page.ask({ do: "let go" });
    await expect.poll(() => messages.length, { timeout: 60_000 }).toBe(2);
    expect(run.done).toBe(true);
  });

  it("has its kernel make the cell wait for the drawing, where the kernel can", async () => {
    const shownBy: [value: Displayable, options: object][] = [];
    const display = (value: Displayable, options: object) => shownBy.push([value, options]);
    vi.stubGlobal("Jupyter", { display });
    const run = await shown({ steps: 3 });
    await run.step(2);
    expect(shownBy).toEqual([]);
    await run.step();
    // At once: the cell may have ended.
    expect(shownBy).toHaveLength(1);
    vi.unstubAllGlobals();
    const [[value, options]] = shownBy as [(typeof shownBy)[0]];
    expect(options).toEqual({ id: messages[0]!.content.transient!.display_id, update: true });
    expect((await bundleOf(value))["application/vnd.plotly.v1+json"]).toHaveProperty("frames.length", 3);
  });

  it("pauses, and takes changes while it plays: from the next step on", async () => {
    const run = await shown({ steps: 40 });
    page.ask({ do: "play" });
    await page.until(({ at }) => at >= 2);
    page.ask({ do: "set", name: "beta", value: 5 });
    await page.until(({ knobs }) => knobs[0]!.value === 5);
    await page.until(() => run.records.some(({ guidance }) => guidance.terms[1]!.weight === 5));
    page.ask({ do: "pause" });
    await page.until(({ playing }) => !playing);
    const { length } = run.records;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(run.records).toHaveLength(length);
    expect(length).toBeLessThan(40);
    const weights = run.records.map(({ guidance }) => guidance.terms[1]!.weight);
    const from = weights.indexOf(5);
    expect(from).toBeGreaterThan(1);
    expect(weights).toEqual(weights.map((_, i) => (i < from ? 1 : 5)));
  });

  it("takes the newest step again when a setting changes at rest, so that it can be seen", async () => {
    const run = await shown();
    page.ask({ do: "go", to: 3 });
    await page.until(({ at }) => at === 3);
    const [before, x] = [Buffer.from(page.state.pictures[1]!), run.last.x];
    page.ask({ do: "set", name: "weight", value: 4 });
    page.ask({ do: "set", name: "beta", value: 0 });
    await page.until(({ knobs }) => knobs[1]!.value === 4 && knobs[0]!.value === 0);
    await page.until(({ pictures }) => !Buffer.from(pictures[1]!).equals(before));
    expect(run.records).toHaveLength(3);
    expect(run.last.x.data).toEqual(x.data);
    expect(run.last.guidance.terms.map(({ weight }) => weight)).toEqual([4, 0]);
  });

  it("follows a run that a cell steps, and says what went wrong", async () => {
    const run = await shown();
    await run.step(4);
    await page.until(({ at }) => at === 4);
    run.change({ beta: 2 });
    await page.until(({ knobs }) => knobs[0]!.value === 2);
    page.ask({ do: "set", name: "ipc", value: 9 });
    await page.until(({ trouble }) => /keeps its images/.test(trouble));
    page.ask({ do: "step" });
    await page.until(({ at, trouble }) => at === 5 && trouble === "");
  });

  it("follows what a cell changes before the first step: steps, images and what is left out of the picture", async () => {
    const run = await shown();
    run.change({ steps: 12, ipc: 15 });
    await page.until(({ count }) => count === 12);
    expect(page.state.title).toBe("IGDS: 15 images of Cup (shown: 10 of 15 images per class)");
    expect(page.state.ceilings[1]).toBeCloseTo(Math.log(15));
    page.ask({ do: "go", to: 12 });
    await page.until(({ at }) => at === 12);
    expect(run.done).toBe(true);
    await expect.poll(() => messages.length, { timeout: 60_000 }).toBe(2);
  });

  it("has a slider for beta as soon as a cell wants a second image, and lets it be negative", async () => {
    const run = await shown({ ipc: 1 });
    expect(page.state.knobs.map(({ name }) => name)).toEqual(["weight"]);
    run.change({ ipc: 2, beta: 5 });
    await page.until(({ knobs }) => knobs.length === 2);
    expect(page.state.knobs.map(({ name, least, most }) => [name, least, most])).toEqual([
      ["beta", -2, 10],
      ["weight", 0, 400],
    ]);
  });
});

describe("a stepper without a kernel", () => {
  it("is an animation of the steps so far, or says how to begin", async () => {
    const run = startRun({ steps: 40 });
    expect((await bundleOf(stepper(run)))["text/plain"]).toMatch(/not begun/);
    await run.finish();
    const bundle = await bundleOf(stepper(run));
    const { frames } = bundle["application/vnd.plotly.v1+json"] as { frames: { name: string }[] };
    expect(frames).toHaveLength(12);
    expect(bundle["text/plain"]).toMatch(/step 40 of 40, t = 0/);
    expect(Object.keys(bundle)).not.toContain(view);
  });

  it("has no sliders for a run without guidance, nor for beta where a class has one image", async () => {
    const page = new Page();
    (globalThis as Record<symbol, unknown>)[widgetKey] = page.maker;
    await bundleOf(stepper(startRun({ classes: ["Cup", "Hat"], ipc: 1 })));
    expect(page.state.knobs.map(({ name }) => name)).toEqual(["weight"]);
    expect(page.state.columnLabels).toEqual(["Cup", "Hat"]);
    delete (globalThis as Record<symbol, unknown>)[widgetKey];
  });
});

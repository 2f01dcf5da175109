import { describe, expect, it } from "vitest";
import { procedural, proceduralDataset } from "../../src/datasets/procedural";
import { distill } from "../../src/distill/distill";
import { duration, ProgressState, progress } from "../../src/notebook/progress";
import { progressBars } from "../../src/notebook/progressBars";
import { Seed } from "../../src/tensor/random";
import { listen } from "./listener";

describe("progress in a notebook", () => {
  const messages = listen();
  const last = () => String(messages.at(-1)!.content.data!["text/plain"]);

  it("is one output, updated in place, that ends at its total", async () => {
    const bar = progress("training", 3);
    for (let i = 0; i < 3; i++) bar.advance(1, `loss ${i}`);
    await bar.finish();
    expect(messages[0]!.type).toBe("display_data");
    expect(messages.slice(1).every(({ type }) => type === "update_display_data")).toBe(true);
    expect(new Set(messages.map(({ content }) => content.transient?.display_id)).size).toBe(1);
    expect(last()).toMatch(/^training: 3 \/ 3 .*took .*loss 2$/);
  });

  it("counts the rate from what it is told first: that may have been done before", async () => {
    const bar = progress("going on", 1000);
    bar.set(900);
    await bar.finish();
    expect(last()).toMatch(/^going on: 900 \/ 1000 · took/);
    const fresh = progress("new", 1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    fresh.advance(900);
    await fresh.finish();
    expect(last()).toMatch(/^new: 900 \/ 1000 · [\d.]+( k| M)? per s · took/);
  });

  it("shows the label as text, not as HTML", async () => {
    await progress("<b>x</b>", 1).finish();
    expect(String(messages[0]!.content.data!["text/html"])).toContain("&lt;b&gt;x&lt;/b&gt;");
  });

  it("does not change after its end and does not pass its total", async () => {
    const bar = progress("a", 2);
    bar.set(5);
    await bar.finish();
    const count = messages.length;
    bar.advance();
    await bar.finish();
    expect(messages.length).toBe(count);
    expect(last()).toContain("2 / 2");
  });

  it("passes a sequence through and counts it", async () => {
    const items: number[] = [];
    for await (const item of progress.over([5, 6, 7])) items.push(item);
    expect(items).toEqual([5, 6, 7]);
    expect(last()).toContain("3 / 3");
  });

  it("ends where the sequence was left, and closes it", async () => {
    let closed = false;
    async function* steps() {
      try {
        for (let i = 0; i < 10; i++) yield i;
      } finally {
        closed = true;
      }
    }
    for await (const step of progress.over(steps(), 10, "sampling")) if (step === 3) break;
    expect(closed).toBe(true);
    expect(last()).toMatch(/^sampling: 3 \/ 10/);
  });

  it("asks for a total where there is none", async () => {
    async function* endless() {
      yield 1;
    }
    await expect(progress.over(endless()).next()).rejects.toThrow("give the total as second argument");
    expect(() => progress("x", 0)).toThrow("expected a total above 0, found 0");
  });
});

describe("progressBars", () => {
  const messages = listen();
  const outputs = () => {
    const texts = new Map<string, string>();
    for (const { content } of messages)
      texts.set(content.transient!.display_id!, String(content.data!["text/plain"]));
    return [...texts.values()];
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

  it("has a bar for each thing that is done", async () => {
    const onProgress = progressBars();
    for (const done of [1, 2]) onProgress({ label: "learners", done, total: 2 });
    for (const done of [4, 8, 8]) onProgress({ label: "distilling", done, total: 8 });
    await settled();
    const [learners, distilling] = outputs();
    expect(learners).toMatch(/^learners: 2 \/ 2 .*took/);
    expect(distilling).toMatch(/^distilling: 8 \/ 8 .*took/);
  });

  it("leaves the bar of what was given up where it stood, and shows none of nothing", async () => {
    const onProgress = progressBars();
    onProgress({ label: "from the first server", done: 3, total: 9 });
    onProgress({ label: "from the second server", done: 0, total: 0 });
    onProgress({ label: "from the third server", done: 9, total: 9 });
    await settled();
    expect(outputs().map((text) => text.split(" · ")[0])).toEqual([
      "from the first server: 3 / 9",
      "from the third server: 9 / 9",
    ]);
  });

  it("has one bar under a title, with what is done as its remark", async () => {
    const onProgress = progressBars("evaluating");
    onProgress({ label: "network 1 of 2", done: 5, total: 10 });
    onProgress({ label: "network 2 of 2", done: 10, total: 10 });
    await settled();
    expect(outputs()).toHaveLength(1);
    expect(outputs()[0]).toMatch(/^evaluating: 10 \/ 10 .* network 2 of 2$/);
  });

  it("are there by default for what distills in a cell, unless somebody else is told", async () => {
    const dataset = proceduralDataset(procedural({ noise: 0.2 }), 20, new Seed(0));
    const options = { method: "kmeans", ipc: 1 } as const;
    await distill(dataset, options);
    await settled();
    expect(outputs()).toEqual([expect.stringMatching(/^k-means selection: 4 \/ 4 .*took/)]);
    await distill(dataset, { ...options, onProgress: () => {} });
    await settled();
    expect(outputs()).toHaveLength(1);
  });
});

describe("ProgressState", () => {
  it("says rate and remaining time from the clock that it is given", () => {
    let now = 0;
    const state = new ProgressState("a", 100, () => now);
    now = 10_000;
    state.done = 25;
    expect(state.describe(false)).toBe("25 / 100 · 2.50 per s · 30 s left");
    state.done = 1;
    expect(state.describe(false)).toBe("1 / 100 · 10.0 s each · 16 min 30 s left");
    expect(state.describe(true)).toContain("took 10 s");
    state.goOnFrom(50);
    state.done = 50;
    expect(state.describe(false)).toBe("50 / 100");
    now = 20_000;
    state.done = 75;
    expect(state.describe(false)).toBe("75 / 100 · 2.50 per s · 10 s left");
    expect(state.describe(true)).toContain("took 20 s");
  });

  it.each([
    [9_996, "1.00 k per s"],
    [123_456, "12.3 k per s"],
    [31_400_000, "3.14 M per s"],
    [9_990, "999 per s"],
  ])("says %d in ten seconds as %s, without exponents", (done, words) => {
    let now = 0;
    const state = new ProgressState("a", 1e9, () => now);
    now = 10_000;
    state.done = done;
    expect(state.describe(true)).toContain(` · ${words} · `);
  });

  it("says what takes minutes each in minutes", () => {
    let now = 0;
    const state = new ProgressState("a", 2, () => now);
    now = 1_800_000;
    state.done = 1;
    expect(state.describe(false)).toBe("1 / 2 · 30 min 00 s each · 30 min 00 s left");
  });

  it.each([
    [0.42, "0.4 s"],
    [9.96, "10 s"],
    [59.6, "1 min 00 s"],
    [125, "2 min 05 s"],
    [4800, "1 h 20 min"],
  ])("says %d seconds as %s", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});

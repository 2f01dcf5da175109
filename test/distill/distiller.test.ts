import { inspect } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import type { Run } from "../../src/diffusion/run";
import type { StepRecord } from "../../src/diffusion/stepRecord";
import { betaOfIpc } from "../../src/distill/beta";
import type { Distiller, StartOptions } from "../../src/distill/distiller";
import { open } from "../../src/distill/open";
import { mean } from "../../src/evaluate/statistics";

const quick = { classes: ["Trouser", "Bag"], ipc: 3, seed: 4, steps: 6 } as const;
let distiller: Distiller;

beforeAll(async () => {
  distiller = await open();
});

describe("a run, with the shipped models", () => {
  it("gives the same bytes for the same seed, and others for another", async () => {
    const images = await Promise.all(
      [4, 4, 5].map(async (seed) => (await distiller.start({ ...quick, seed }).finish()).data),
    );
    expect(images[1]).toEqual(images[0]);
    expect(images[2]).not.toEqual(images[0]);
  });

  it("goes back exactly, and until a noise level", async () => {
    const run = distiller.start(quick);
    await run.until(500);
    expect(run.last.t).toBeLessThanOrEqual(500);
    await run.finish();
    const [images, records] = [run.images.data, [...run.records]];
    run.back(4);
    expect(run.records).toHaveLength(2);
    expect(() => run.images).toThrow(/at step 2/);
    // Computed anew, since a change of settings throws away what back() kept: the same numbers all the same.
    run.change({});
    await run.step(4);
    expect(run.records[3]).not.toBe(records[3]);
    expect(run.images.data).toEqual(images);
    expect(run.records.map(({ bounds }) => bounds)).toEqual(records.map(({ bounds }) => bounds));
    run.back(99);
    expect(run.records).toEqual([]);
    await run.finish();
    expect(run.images.data).toEqual(images);
  });

  it("stops at the noise level that was asked for where two cells step it at once", async () => {
    const run = distiller.start(quick);
    await Promise.all([run.until(500), run.until(500)]);
    const alone = distiller.start(quick);
    await alone.until(500);
    expect(run.last.t).toBe(alone.last.t);
  });

  it("follows another IPC by the formulas, and keeps numbers that were given", () => {
    const { beta, setWeight } = distiller.start({ ...quick, ipc: 4 }).settings;
    expect(distiller.start({ ...quick, ipc: 1 }).change({ ipc: 4 }).settings).toMatchObject({
      beta,
      setWeight,
    });
    expect(distiller.start({ ...quick, ipc: 1, beta: 3 }).change({ ipc: 4 }).settings.beta).toBe(3);
    expect(distiller.start({ ...quick, ipc: 4 }).change({ beta: 0 }).settings).toMatchObject({
      beta: 0,
      setWeight,
    });
  });

  it("asks as many real images as its settings say, with a pool or without", async () => {
    const step = async (setImages?: number) => {
      const run = distiller.start({
        classes: ["Bag"],
        ipc: 6,
        steps: 2,
        pool: { factor: 2 },
        setFeatures: "untrained",
        ...(setImages ? { setImages } : {}),
      });
      return (await run.step()).x0.data;
    };
    expect(await step(500)).toEqual(await step());
    expect(await step(520)).not.toEqual(await step());
  });

  it("forks with the same noise from any step: equal settings give equal images, others only later differences", async () => {
    const run = distiller.start(quick);
    await run.step(3);
    const same = run.fork();
    await run.finish();
    const other = run.fork({ beta: 0 }, { at: 2 });
    const plain = run.fork({ method: "diffusion" }, { at: 0 });
    for (const each of [same, other, plain]) await each.finish();
    expect(same.images.data).toEqual(run.images.data);
    expect(other.records.map(({ x0 }) => x0.data).slice(0, 2)).toEqual(
      run.records.slice(0, 2).map(({ x0 }) => x0.data),
    );
    expect(other.records[2].x).toBe(run.records[2].x);
    expect(other.records[2].x0.data).not.toEqual(run.records[2].x0.data);
    expect(plain.images.data).toEqual(
      (await distiller.start({ ...quick, method: "diffusion" }).finish()).data,
    );
    expect([same, other, plain].map(({ label }) => label)).toEqual(["igds, again", "beta = 0", "diffusion"]);
    expect([run.settings.beta, other.settings.beta]).toEqual([betaOfIpc(3), 0]);
    expect(() => run.fork({ ipc: 5 })).toThrow(/6 images, found 10.*Start another run/);
    expect(() => run.fork({ steps: 9 })).toThrow(/expected 6 steps, found 9/);
    // Heun's steps are at other noise levels than those of the other samplers.
    expect(() => run.fork({ sampler: "heun" })).toThrow(
      /keeps its noise levels: expected a sampler that goes/,
    );
    expect(run.fork({ sampler: "ddim" }).records.length).toBe(run.records.length - 1);
    expect(() => run.fork({}, { at: 6 })).toThrow(/found 6; this run has taken steps 0 to 5/);
  });

  it("takes its next steps with changed settings, as a fork does", async () => {
    const [run, fork] = [distiller.start(quick), distiller.start(quick)];
    for (const each of [run, fork]) await each.step(3);
    run.change({ weight: 0 });
    const other = fork.fork({ weight: 0 });
    await other.finish();
    expect(run.records).toHaveLength(3);
    await run.back().finish();
    expect(run.images.data).toEqual(other.images.data);
    expect(() => run.change({ seed: 1, ipc: 4 })).toThrow(/keeps its images/);
    expect(run.settings).toMatchObject({ ipc: 3, weight: 0 });
  });

  it("is usable after a cell was interrupted in the middle of it", async () => {
    const signal = Symbol.for("Jupyter.signal");
    const cell = new AbortController();
    Object.defineProperty(globalThis, signal, { value: cell.signal, configurable: true });
    const run = distiller.start(quick);
    const interrupted = run.finish(({ index }) => {
      if (index === 1) cell.abort(new Error("interrupted"));
    });
    await expect(interrupted).rejects.toThrow("interrupted");
    expect(run.records).toHaveLength(2);
    Reflect.deleteProperty(globalThis, signal);
    await run.finish();
    expect(run.images.data).toEqual((await distiller.start(quick).finish()).data);
  });

  it("may be stepped by two cells at once, and tells those who watch", async () => {
    const run = distiller.start(quick);
    const seen: number[] = [];
    const stop = run.watch(() => seen.push(run.records.length));
    await Promise.all([run.step(2), run.finish(), run.finish()]);
    stop();
    run.back();
    expect(run.records.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("records bounds within their limits, and is the plain run where weights are zero", async () => {
    const plain = distiller.start({ ...quick, method: "diffusion" });
    const guided = distiller.start(quick);
    const weightless = distiller.start({ ...quick, weight: 0, setWeight: 0 });
    const mixed = distiller.start({ ...quick, setFeatures: "mixed" });
    for (const run of [plain, guided, weightless, mixed]) await run.finish();
    expect(weightless.images.data).toEqual(plain.images.data);
    expect(mixed.images.data).not.toEqual(guided.images.data);
    expect(guided.images.data).not.toEqual(plain.images.data);
    for (const { bounds } of guided.records) {
      const { prototype, contextual, context } = bounds!;
      prototype.forEach((value, i) => {
        expect(value).toBeLessThanOrEqual(Math.log(10) + 1e-4);
        expect(contextual.low[i]).toBeGreaterThanOrEqual(-1e-5);
        expect(contextual.high[i]).toBeGreaterThanOrEqual(contextual.low[i] - 1e-5);
        expect(contextual.high[i]).toBeLessThanOrEqual(Math.log(3) + 1e-5);
        expect(context[i]).toBeLessThanOrEqual(Math.log(3) + 1e-4);
      });
    }
  });

  it("has the contextual term cmi of each image by itself, and so at IPC 1 too", async () => {
    for (const ipc of [1, 2]) {
      const cmi = { ...quick, ipc, contextual: "cmi", weight: 5, setWeight: 0 } as const;
      const [guided, free] = [4, 0].map((beta) => distiller.start({ ...cmi, beta }));
      await Promise.all([guided!.finish(), free!.finish()]);
      const of = ({ guidance }: StepRecord) => guidance!.terms.find(({ name }) => name === "cmi")!;
      for (const record of guided!.records) {
        expect(of(record).value.every((nats) => nats >= 0)).toBe(true);
        expect(of(record).weight).toBe(20);
      }
      const last = (run: Run<StartOptions>) => mean([...of(run.records.at(-1)!).value]);
      expect(last(guided!)).toBeGreaterThan(last(free!));
    }
  });

  it("has no other contextual term at IPC 1: beta changes nothing", async () => {
    const images = await Promise.all(
      [0, 5].map(async (beta) => (await distiller.start({ ...quick, ipc: 1, beta }).finish()).data),
    );
    expect(images[1]).toEqual(images[0]);
    expect(betaOfIpc(1)).toBe(0);
    expect(betaOfIpc(50)).toBeGreaterThan(betaOfIpc(10));
    expect(() => betaOfIpc(0)).toThrow(/whole number/);
  });

  it("names the classes there are, and refuses settings out of range", () => {
    expect(() => distiller.start({ classes: ["Hat"] })).toThrow(
      /"Hat" is not a class of fashion-mnist: T-shirt/,
    );
    expect(() => distiller.start({ classes: [] })).toThrow(/at least one class of fashion-mnist, found none/);
    expect(() => distiller.start({ classes: ["Bag", "Dress", 8] })).toThrow(
      /each class once, found "Bag" twice.*raise ipc/,
    );
    expect(() => distiller.start({ ipc: 0 })).toThrow(/whole number of at least 1/);
    expect(() => distiller.start({ steps: 1 })).toThrow();
    expect(() => distiller.start({ method: "igd2" as "igds" })).toThrow(
      /"igd2" is not a method that samples: expected one of diffusion, igds/,
    );
    expect(() => distiller.start({ method: "random" as "igds" })).toThrow(
      /"random" is not a method that samples: expected one of diffusion, igds/,
    );
    expect(inspect(distiller)).toMatch(
      /^Distiller of fashion-mnist: 10 classes, 60000 training images of 28 x 28 x 1;/,
    );
  });
});

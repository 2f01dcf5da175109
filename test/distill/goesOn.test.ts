// That broken work goes on: what is done is not done again. (That the bytes come out the same is tested elsewhere; they would
// be the same of work that begins anew.)
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as imageFolder from "../../src/datasets/imageFolder";
import type { Run } from "../../src/diffusion/run";
import { searchBeta } from "../../src/distill/betaPilot";
import { distillInto } from "../../src/distill/distill";
import type { Distiller, StartOptions } from "../../src/distill/distiller";
import { Guides } from "../../src/distill/guides";
import { engineReady } from "../../src/tensor/engine";
import { Seed } from "../../src/tensor/random";
import { temporaryFolder } from "../temporaryFolder";
import { smallDistiller } from "./smallDistiller";

let distiller: Distiller;
beforeAll(async () => {
  await engineReady();
  distiller = smallDistiller();
});
afterAll(() => distiller.dispose());
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a set that was broken off", () => {
  // More than half a batch: each of the four classes is a portion of its own.
  const options = { method: "diffusion", ipc: 51, steps: 2 } as const;
  const total = 4 * options.ipc * options.steps;

  beforeEach(() => {
    // Nothing guides, and nothing is recorded: graphs of 51 images would take most of the time.
    vi.spyOn(Guides.prototype, "guide").mockReturnValue({
      at: ({ x0 }) => ({ change: new Float32Array(x0.length), terms: [] }),
    });
  });

  it("goes on behind the last portion that was stored", async () => {
    const folder = await temporaryFolder();
    const store = imageFolder.storeImages;
    const storing = vi.spyOn(imageFolder, "storeImages");
    storing.mockImplementation(async (...stored) => {
      if (storing.mock.calls.length === 3) throw new Error("killed");
      await store(...stored);
    });
    await expect(distillInto(folder, distiller, options)).rejects.toThrow("killed");
    storing.mockClear().mockImplementation(store);
    const done: number[] = [];
    const { finished, images } = await distillInto(folder, distiller, {
      ...options,
      onProgress: (event) => done.push(event.done),
    });
    // Two of the four portions were there: each step of the others brings the images of a portion one step further.
    expect(done).toEqual([5, 6, 7, 8].map((step) => (step * total) / 8));
    expect(storing).toHaveBeenCalledTimes(2);
    expect([finished, images.length]).toEqual([true, 4 * options.ipc]);
  });

  it("makes those portions alone again of which an image is gone or damaged", async () => {
    const folder = await temporaryFolder();
    const { images } = await distillInto(folder, distiller, options);
    const past = new Date(2001, 1, 1);
    for (const { file } of images) await utimes(path.join(folder, file), past, past);
    const [gone, damaged] = [images[60]!, images.at(-1)!];
    await rm(path.join(folder, gone.file));
    await writeFile(path.join(folder, damaged.file), "cut short");
    const storing = vi.spyOn(imageFolder, "storeImages");
    const done: number[] = [];
    await distillInto(folder, distiller, { ...options, onProgress: (event) => done.push(event.done) });
    expect(done).toEqual([5, 6, 7, 8].map((step) => (step * total) / 8));
    const again = new Set([gone.class, damaged.class]);
    expect(again.size).toBe(2);
    const stored = storing.mock.calls.flatMap(([, made]) => made.map(({ file }) => file));
    expect(stored).toEqual(images.filter((image) => again.has(image.class)).map(({ file }) => file));
    for (const { file, class: name } of images) {
      const { mtimeMs } = await stat(path.join(folder, file));
      if (!again.has(name)) expect(mtimeMs).toBe(past.getTime());
    }
    await distillInto(folder, distiller, options);
    expect(storing).toHaveBeenCalledTimes(2);
  });
});

describe("a search for beta that was broken off", () => {
  it("samples only at those betas that the table does not know", async () => {
    // Images that vary with beta alone: without it all of a class are one, which has no contextual information.
    const tried: unknown[] = [];
    let alive = Number.POSITIVE_INFINITY;
    vi.spyOn(distiller, "chosen").mockImplementation((run) =>
      Int32Array.from({ length: run.images.shape[0] }, (_, i) => i),
    );
    vi.spyOn(distiller, "start").mockImplementation((options) => {
      const { beta, classes, ipc } = options as Required<StartOptions>;
      if (--alive < 0) throw new Error("killed");
      tried.push(beta);
      const count = classes.length * ipc;
      const data = new Seed("varied").normal(count * 64).map((value) => (beta as number) * value * 0.1);
      const images = { data, shape: [count, 8, 8, 1] as const };
      return { images, finish: async () => images } as unknown as Run<StartOptions>;
    });
    const table = path.join(await temporaryFolder(), "net.beta.json");
    const search = (file: string | null) =>
      searchBeta(distiller, { ipc: 3, setWeight: 0 }, { halvings: 2, table: file });
    const whole = await search(null);
    const all = tried.splice(0);
    expect(whole.reached).toBe(true);
    expect(all.length).toBeGreaterThan(4);
    alive = 3;
    await expect(search(table)).rejects.toThrow("killed");
    expect(tried.splice(0)).toEqual(all.slice(0, 3));
    alive = Number.POSITIVE_INFINITY;
    expect(await search(table)).toEqual(whole);
    expect(tried.splice(0)).toEqual(all.slice(3));
    const kept = await readFile(table, "utf8");
    expect(await search(table)).toEqual(whole);
    expect(tried).toEqual([]);
    expect(await readFile(table, "utf8")).toBe(kept);
  });
});

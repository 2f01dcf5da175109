import { afterEach, describe, expect, it, vi } from "vitest";
import { memory } from "../../src/notebook/memory";
import { jupyterDisplay, type MimeBundle } from "../../src/notebook/mime";
import { seed } from "../../src/notebook/seed";
import "../../src/notebook/tensorView";
import { time } from "../../src/notebook/time";
import { TensorWatch, watchTensors } from "../../src/notebook/watchTensors";
import { type Tensor, tf } from "../../src/tensor/engine";
import { decode } from "../plot/images";
import { listen } from "./listener";

const shown = (value: unknown) => (value as { [jupyterDisplay](): Promise<MimeBundle> })[jupyterDisplay]();

describe("memory", () => {
  it("counts live tensors and their bytes, and shows itself", () => {
    const before = memory();
    const held = tf.zeros([1000, 250]);
    const after = memory();
    held.dispose();
    expect(after.tensors - before.tensors).toBe(1);
    expect(after.tensorBytes - before.tensorBytes).toBe(1e6);
    expect(after.peak).toBeGreaterThanOrEqual(after.process);
    expect(after.process).toBeGreaterThan(after.heap);
    expect(after.text).toContain(`${after.tensors} alive, `);
    expect(after[jupyterDisplay]()["application/json"]).toMatchObject({ tensors: after.tensors });
  });
});

describe("seed", () => {
  afterEach(() => vi.restoreAllMocks());

  it("names a seed, or makes one up and says which", () => {
    expect(seed(3).normal(2)).toEqual(seed("3").normal(2));
    const log = vi.spyOn(console, "log").mockReturnValue();
    const made = seed();
    const [, root] = /^seed\((\d+)\) draws the same again$/.exec(String(log.mock.calls[0]![0]))!;
    expect(seed(Number(root)).path).toEqual(made.path);
  });
});

describe("time", () => {
  const messages = listen();

  it("gives what the work gives and shows how long it took", async () => {
    expect(await time(async () => 42, "work")).toBe(42);
    expect(messages[0]!.content.data!["text/plain"]).toMatch(/^work: \d+\.\d s$/);
    await expect(time(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });
});

describe("a tensor as the last value of a cell", () => {
  it("says what it is and shows its values", async () => {
    const matrix = tf.tensor2d([1, 2.5, Number.NaN, -3], [2, 2]);
    const { "text/plain": text, ...others } = await shown(matrix);
    expect(String(text).split("\n")[0]).toBe(
      "float32 tensor, shape [2, 2], -3 to 2.5, mean 0.1667, 1 not finite",
    );
    expect(text).toMatch(/\[\[1 *, 2\.5/);
    expect(others).toEqual({});
    matrix.dispose();
    expect((await shown(matrix))["text/plain"]).toBe(
      "float32 tensor, shape [2, 2], disposed: its values are gone",
    );
  });

  it("does so for words, truth values, variables and tensors without values", async () => {
    const lines = async (tensor: Tensor) => {
      const text = String((await shown(tensor))["text/plain"]);
      tensor.dispose();
      return text.split("\n")[0];
    };
    expect(await lines(tf.tensor1d(["a", "b"]))).toBe("string tensor, shape [2]");
    expect(await lines(tf.tensor1d([true, false], "bool"))).toBe("bool tensor, shape [2], 0 to 1, mean 0.5");
    expect(await lines(tf.variable(tf.scalar(2), true, "w"))).toBe(
      "float32 variable w, shape [], 2 to 2, mean 2",
    );
    expect(await lines(tf.zeros([0, 3]))).toBe("float32 tensor, shape [0, 3]");
  });

  it("draws what looks like images", async () => {
    const images = tf.tidy(() => tf.linspace(-1, 1, 2 * 8 * 8).reshape([2, 8, 8, 1]));
    const bundle = await shown(images);
    const picture = await decode(Buffer.from(String(bundle["image/png"]), "base64"));
    expect(picture.at(1, 1)).toEqual([0, 0, 0, 255]);
    expect(picture.at(picture.width - 2, picture.height - 2)).toEqual([255, 255, 255, 255]);
    expect(bundle["text/html"]).toContain("float32 tensor, shape [2, 8, 8, 1], -1 to 1");
    const large = tf.tidy(() => images.mul(3));
    expect(await shown(large)).not.toHaveProperty("image/png");
    tf.dispose([images, large]);
  });
});

describe("watchTensors", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it("warns after three cells in a row that left tensors behind, and then starts to count anew", () => {
    const watch = new TensorWatch(10);
    expect([12, 13].map((count) => watch.cellEnded(count))).toEqual([undefined, undefined]);
    expect(watch.cellEnded(20)).toMatch(
      /^10 tensors more are alive than 3 cells ago \(20 in all\).*tf\.tidy/,
    );
    expect([25, 26].map((count) => watch.cellEnded(count))).toEqual([undefined, undefined]);
    expect(watch.cellEnded(26)).toBeUndefined();
    expect([27, 28].map((count) => watch.cellEnded(count))).toEqual([undefined, undefined]);
    expect(watch.cellEnded(29)).toContain("3 tensors more");
  });

  it("listens to the kernel, and says so where there is none", () => {
    expect(watchTensors()).toBe(false);
    const listeners = new Set<() => void>();
    const key = Symbol.for("Jupyter.afterCell");
    Object.assign(globalThis, {
      [key]: (listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    expect(watchTensors()).toBe(true);
    expect(watchTensors()).toBe(true);
    expect(listeners.size).toBe(1);
    const kept = [1, 2, 3].map((value) => {
      const tensor = tf.scalar(value);
      for (const listener of listeners) listener();
      return tensor;
    });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(watchTensors(false)).toBe(false);
    expect(listeners.size).toBe(0);
    tf.dispose(kept);
    delete (globalThis as Record<symbol, unknown>)[key];
  });
});

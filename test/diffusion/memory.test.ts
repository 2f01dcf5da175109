import { describe, expect, it, vi } from "vitest";
import { Denoiser } from "../../src/diffusion/denoiser";
import type { DenoiserNetwork } from "../../src/nn/denoiserNetwork";
import { unet, unetDefaults } from "../../src/nn/unet";
import { Seed } from "../../src/tensor/random";

describe("a denoiser that runs out of memory", () => {
  const size = { height: 8, width: 8, channels: 1, classes: 2 };
  const network = unet({ ...unetDefaults, ...size, widths: [8], blocks: [1] });
  const weights = network.parameters.initialise(new Seed(0));
  const images = { data: new Seed("x").normal(12 * 64), shape: [12, 8, 8, 1] as const };
  const condition = { t: 300, labels: new Int32Array(12), guidanceScale: 1 };
  /** The network as a machine has it on which `most` images fit; TensorFlow's words. */
  const cramped = (most: number): DenoiserNetwork => ({
    ...network,
    apply(w, x, t, y) {
      if (x.shape[0] > most)
        throw new Error(`OOM when allocating tensor with shape[${x.shape}] and type float on cpu`);
      return network.apply(w, x, t, y);
    },
  });

  it("takes half as many images at once, says so, and gives the same", () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const whole = new Denoiser(network, weights);
    const halved = new Denoiser(cramped(3), weights);
    const expected = whole.epsilon(images, condition);
    const found = halved.epsilon(images, condition);
    expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
    expect(warn.mock.calls.flat()).toEqual([
      "12 images at once do not fit into memory: going on with 6.",
      "6 images at once do not fit into memory: going on with 3.",
    ]);
    halved.epsilon(images, condition); // it remembers
    expect(warn).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
    whole.dispose();
    halved.dispose();
  });

  it("gives up where not even one fits, and at once for any other fault", () => {
    const none = new Denoiser(cramped(0), weights);
    vi.spyOn(console, "warn").mockReturnValue();
    expect(() => none.epsilon(images, condition)).toThrow(/OOM when allocating/);
    vi.restoreAllMocks();
    none.dispose();
    const broken: DenoiserNetwork = {
      ...network,
      apply: () => {
        throw new Error("no such operation");
      },
    };
    const other = new Denoiser(broken, weights);
    expect(() => other.epsilon(images, condition)).toThrow(/no such operation/);
    other.dispose();
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Denoiser } from "../../src/diffusion/denoiser";
import { evaluations } from "../../src/diffusion/guidanceInterval";
import { loadDenoiser } from "../../src/diffusion/loadDenoiser";
import { sample } from "../../src/diffusion/sample";
import { timeSteps } from "../../src/diffusion/schedule";
import { denoiserFile } from "../../src/nn/shippedCheckpoints";
import { Seed } from "../../src/tensor/random";

let denoiser: Denoiser;

beforeAll(async () => {
  denoiser = await loadDenoiser(denoiserFile("fashion-mnist"));
});
afterAll(() => denoiser.dispose());

const images = async (options: object) => {
  const asked = vi.spyOn(denoiser, "epsilon");
  const { images } = await sample(denoiser, { labels: [0, 2], seed: new Seed(0), steps: 8, ...options });
  const scales = asked.mock.calls.map(([, { t, guidanceScale }]) => [t, guidanceScale]);
  asked.mockRestore();
  return { data: [...images.data], scales };
};

describe("a guidance interval", () => {
  it("has the scale at its time steps, both ends among them, and none elsewhere", async () => {
    const [, first, , last] = timeSteps(8);
    const { scales } = await images({ guidanceScale: 3, guidanceInterval: [last, first] });
    expect(scales).toEqual(timeSteps(8).map((t) => [t, t >= last && t <= first ? 3 : 1]));
  });

  it("of all steps changes nothing, and of none is the conditional model", async () => {
    const all = await images({ guidanceScale: 3 });
    expect((await images({ guidanceScale: 3, guidanceInterval: [0, 999] })).data).toEqual(all.data);
    const none = await images({ guidanceScale: 1 });
    const outside = await images({ guidanceScale: 3, guidanceInterval: [998, 998] });
    expect(outside.data).toEqual(none.data);
    expect(none.data).not.toEqual(all.data);
  });
});

describe("evaluations of the denoiser", () => {
  it("are two at a step that is guided, one at another", () => {
    const ddpm = { sampler: "ddpm", steps: 50, guidanceScale: 1.5 } as const;
    expect(evaluations(ddpm)).toBe(100);
    expect(evaluations({ ...ddpm, guidanceScale: 1 })).toBe(50);
    const inside = timeSteps(50).filter((t) => t >= 82 && t <= 578).length;
    expect(evaluations({ ...ddpm, guidanceInterval: [82, 578] })).toBe(50 + inside);
    expect(evaluations({ sampler: "heun", steps: 20, guidanceScale: 2 })).toBe(40);
  });
});

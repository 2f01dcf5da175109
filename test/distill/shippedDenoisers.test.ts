import { describe, expect, it } from "vitest";
import { open } from "../../src/distill/open";
import { loadReferenceClassifier } from "../../src/evaluate/referenceClassifier";

describe("the shipped denoisers", () => {
  it.each(["unet", "dit"] as const)("%s draws images of the class that it is asked for", async (denoiser) => {
    const distiller = await open("fashion-mnist", { denoiser });
    expect(distiller.denoiser.network.config.kind).toBe(denoiser);
    const run = distiller.start({
      method: "diffusion",
      ipc: 5,
      steps: 20,
      guidanceScale: 3,
      seed: "shipped",
    });
    const reference = await loadReferenceClassifier(distiller.dataset);
    const named = reference.classify(await run.finish());
    // 95 % of many; guessing would be right for 5 of 50.
    expect(named.filter((label, i) => label === Math.floor(i / 5)).length).toBeGreaterThanOrEqual(40);
    reference.dispose();
    distiller.dispose();
  });
});

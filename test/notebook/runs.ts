// Runs of a denoiser whose answers a test can predict: every step takes the images nearer to grey, guides brighten them.
import type { Denoiser } from "../../src/diffusion/denoiser";
import { Run } from "../../src/diffusion/run";
import type { SampleOptions } from "../../src/diffusion/sample";
import { Seed } from "../../src/tensor/random";

/** What a run is told: how many images of which classes, and how much brighter the guide makes them. */
export interface Settings {
  readonly method?: string;
  readonly classes: readonly string[];
  readonly ipc: number;
  readonly steps: number;
  readonly beta: number;
  readonly weight: number;
  /** Of the noise. Default 0. */
  readonly seed?: number;
}

const space = { height: 6, width: 6, channels: 1, classes: 10 };
const denoiser = {
  space,
  epsilon: (x: { data: Float32Array }) => x.data.map((value) => 0.9 * value),
} as unknown as Denoiser;

/** Both bounds of image i are known: prototype weight + i / 10, contextual 0.1 to 0.5 + beta / 10. */
function optionsOf({ classes, ipc, steps, beta, weight, method, seed = 0 }: Settings): SampleOptions {
  const labels = classes.flatMap((_, label) => new Array<number>(ipc).fill(label));
  const n = labels.length;
  const each = (value: (i: number) => number) => Float32Array.from({ length: n }, (_, i) => value(i));
  const guided = method !== "diffusion";
  return {
    labels,
    names: labels.map((label, i) => [classes[label], i % ipc]),
    seed: new Seed(seed),
    steps,
    guide: {
      at: ({ x0 }) => ({
        change: guided ? x0.map((_, i) => 0.1 * weight + 0.1 * beta * (i % 2)) : null,
        terms: guided
          ? [
              {
                name: "prototype",
                value: each((i) => i),
                gradientNorm: each(() => 1),
                weight,
                worth: { prototype: each(() => 0.25), contextual: each(() => -0.125) },
              },
              {
                name: "mixture",
                value: each(() => 0.1),
                gradientNorm: each(() => 1),
                weight: weight * beta,
                worth: { prototype: each(() => 0.05), contextual: each(() => beta / 10) },
              },
            ]
          : [],
        bounds: {
          prototype: each((i) => weight + i / 10),
          contextual: { low: each(() => 0.1 + beta / 10), high: each(() => 0.5 + beta / 10) },
          context: each(() => 0.2),
        },
      }),
    },
  };
}

const quick: Settings = { method: "igds", classes: ["Cup"], ipc: 3, steps: 5, beta: 1, weight: 1 };

export function startRun(settings: Partial<Settings> = {}, label = "igds"): Run<Settings> {
  return new Run(denoiser, { ...quick, ...settings }, label, { options: optionsOf });
}

// Step records with numbers that a test can predict: at step i of 20, prototype bound i / 10, and so on.
import type { StepRecord } from "../../src/diffusion/stepRecord";
import { images } from "./images";

export const stepCount = 20;

export function records(shift = 0): StepRecord[] {
  const batch = images(4, 4, 1, () => 0);
  return Array.from({ length: stepCount }, (_, index) => ({
    index,
    count: stepCount,
    t: 950 - 50 * index,
    x: batch,
    x0: batch,
    plain: batch,
    epsilon: batch,
    guidance: {
      terms: [
        {
          name: "prototype",
          value: Float32Array.of(-1, -2, -3, -4),
          gradientNorm: Float32Array.of(1, 1, 1, 1),
          weight: 2,
          worth: {
            prototype: Float32Array.of(0.25, 0.5, 0, 0),
            contextual: Float32Array.of(-0.125, 0, 0, 0),
          },
        },
        {
          name: "mixture",
          value: Float32Array.of(index, 0, 0, 0),
          gradientNorm: new Float32Array(4),
          weight: 0.5,
          worth: { prototype: new Float32Array(4), contextual: Float32Array.of(index / 100, 0, 0, 0) },
        },
      ],
    },
    bounds: {
      // Two images at shift + 0, two at shift + index / 5: the mean is shift + index / 10.
      prototype: Float32Array.of(shift, shift, shift + index / 5, shift + index / 5),
      contextual: { low: Float32Array.of(0.1, 0.3), high: Float32Array.of(0.5, 0.9) },
      context: Float32Array.of(0.25, 0.25),
    },
  }));
}

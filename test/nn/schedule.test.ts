// What a training does beside descending: the rate of each step, and the moving average of the weights.
import { beforeAll, describe, expect, it } from "vitest";
import { cosineRate, halfCosineRate } from "../../src/nn/adam";
import { Parameters, type Weights } from "../../src/nn/parameters";
import { Trainer, type TrainerOptions } from "../../src/nn/trainer";
import { engineInfo, engineReady, type Scalar, type Tensor1D, tf } from "../../src/tensor/engine";

beforeAll(async () => {
  await engineReady();
});

describe("the rate of AdamW", () => {
  it("rises in a line to its peak, and falls along a cosine to zero", () => {
    const rates = [0, 4, 9, 10, 35, 60, 85, 110].map((step) => cosineRate(2, step, 110, 10));
    const quarter = 1 + Math.SQRT1_2;
    [0.2, 1, 2, 2, quarter, 1, 2 - quarter, 0].forEach((rate, i) => {
      expect(rates[i]).toBeCloseTo(rate, 12);
    });
    expect(cosineRate(2, 0, 8, 0)).toBe(2);
  });

  it("falls along half a cosine where RDED's schedule is asked for: half of it is left", () => {
    const rates = [0, 4, 8].map((epoch) => halfCosineRate(2, epoch, 8));
    [2, 1 + Math.SQRT1_2, 1].forEach((rate, i) => {
      expect(rates[i]).toBeCloseTo(rate, 12);
    });
  });
});

describe.skipIf(engineInfo.backend !== "tensorflow")("a trainer", () => {
  /** A single weight that begins at zero, and whose gradient is always 1. */
  const trainerOf = (options: Omit<TrainerOptions, "seed">) => {
    const parameters = new Parameters();
    parameters.add("w", [1], { constant: 0 });
    const loss = (w: Weights, slope: Tensor1D) => tf.sum(tf.mul(w.w!, slope)) as Scalar;
    return new Trainer<[Tensor1D]>(parameters, loss, { seed: 0, ...options });
  };
  /** The raw weight and what `weights()` gives, after each of so many steps. */
  const walk = (options: Omit<TrainerOptions, "seed">) => {
    const trainer = trainerOf(options);
    const raw: number[] = [];
    const given: number[] = [];
    for (let i = 0; i < options.steps; i++) {
      trainer.step(tf.tensor1d([1]));
      raw.push(trainer.snapshot().get("weight w")!.data[0]!);
      const weights = trainer.weights();
      given.push(weights.w!.dataSync()[0]!);
      tf.dispose(weights as Record<string, Tensor1D>);
    }
    trainer.dispose();
    return { raw, given };
  };

  it("takes each step at the rate of its schedule, warm-up included", () => {
    // Of a gradient that stays the same, the steps of Adam are as long as the rate.
    for (const [given, warmup] of [
      [{}, 2],
      [{ warmup: 10 }, 10],
    ] as const) {
      const steps = 40;
      const { raw, given: same } = walk({ steps, rate: 0.5, ...given });
      expect(same).toEqual(raw);
      raw.forEach((weight, i) => {
        const moved = (i === 0 ? 0 : raw[i - 1]!) - weight;
        expect(moved).toBeCloseTo(cosineRate(0.5, i, steps, warmup), 4);
      });
    }
  });

  it("gives the moving average of its weights, whose memory grows with the run", () => {
    const { raw, given } = walk({ steps: 20, rate: 0.5, average: 0.5, optimiser: "sgd" });
    let average = 0;
    raw.forEach((weight, i) => {
      const decay = Math.min(0.5, (1 + i) / (10 + i));
      average = decay * average + (1 - decay) * weight;
      expect(given[i]).toBeCloseTo(average, 3);
      expect(Math.abs(given[i]! - weight)).toBeGreaterThan(0.004);
    });
  });
});

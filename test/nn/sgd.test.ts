import { describe, expect, it } from "vitest";
import { halfwayRate, sgd } from "../../src/nn/sgd";
import { tf } from "../../src/tensor/engine";

describe("sgd", () => {
  it("takes the steps of PyTorch's SGD with momentum and weight decay", () => {
    // w = 1, gradient 2 w, rate 0.1, momentum 0.9, decay 0.5: v = 2.5, w = 0.75; v = 2.25 + 1.875, w = 0.3375.
    let state = { weights: { w: tf.scalar(1) }, first: { w: tf.scalar(0) } } as Parameters<typeof sgd>[0];
    const values: number[] = [];
    for (let i = 0; i < 2; i++) {
      state = sgd(state, { w: tf.mul(state.weights.w, 2) }, tf.scalar(0.1), {
        momentum: 0.9,
        weightDecay: 0.5,
      });
      values.push(state.weights.w.dataSync()[0]);
    }
    expect(values[0]).toBeCloseTo(0.75, 6);
    expect(values[1]).toBeCloseTo(0.3375, 6);
  });

  it("drops the rate to a tenth past the middle", () => {
    expect([0, 50, 51, 99].map((step) => halfwayRate(0.01, step, 100))).toEqual([0.01, 0.01, 0.001, 0.001]);
  });
});

import { describe, expect, it } from "vitest";
import { meanOf } from "../../src/information/meanOf";
import { logSoftmaxAt, logSumExp, softmaxInPlace } from "../../src/information/softmax";

describe("softmax on plain numbers", () => {
  it("has known values, and does not overflow", () => {
    const logits = [9, 9, 0, Math.log(3), 0, -Infinity];
    expect(logSumExp(logits, 2, 2)).toBeCloseTo(Math.log(4), 14);
    expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.LN2, 10);
    expect(logSoftmaxAt(logits, 2, 1, 1)).toBeCloseTo(Math.log(0.75), 14);
    expect(logSoftmaxAt(logits, 2, 2, 0)).toBe(0);
    expect(logSoftmaxAt(logits, 2, 2, 1)).toBe(-Infinity);
    const shares = Float64Array.of(-800, -800 + 2 * Math.log(3));
    softmaxInPlace(shares, 2);
    expect(shares[0]).toBeCloseTo(0.25, 12);
    expect(shares[1]).toBeCloseTo(0.75, 12);
  });
});

describe("meanOf", () => {
  it("tells nothing of the error of one value", () => {
    expect(meanOf([1, 3])).toEqual({ value: 2, standardError: 1, samples: 2 });
    expect(meanOf(Float32Array.of(4))).toEqual({ value: 4, standardError: Infinity, samples: 1 });
  });
});

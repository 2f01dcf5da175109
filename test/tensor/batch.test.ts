import { describe, expect, it } from "vitest";
import { bytesFromValues, repeatBatch, sliceBatch, valuesFromBytes } from "../../src/tensor/batch";

describe("bytes and values", () => {
  it("come back exactly for every byte", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const values = new Float32Array(258);
    valuesFromBytes(bytes, values, 1);
    expect([values[1], values[256]]).toEqual([-1, 1]);
    expect([values[0], values[257]]).toEqual([0, 0]);
    expect(bytesFromValues(values.subarray(1, 257))).toEqual(bytes);
  });

  it("round to the nearest byte and clip beyond the range", () => {
    const step = 1 / 127.5;
    const values = Float32Array.of(-1 + 0.49 * step, -1 + 0.51 * step, -3, 7, Number.NEGATIVE_INFINITY);
    expect(bytesFromValues(values)).toEqual(Uint8Array.of(0, 1, 0, 255, 0));
    expect(() => bytesFromValues(Float32Array.of(0, Number.NaN))).toThrow(/value 1 of 2 is NaN/);
  });
});

describe("a slice of a batch", () => {
  it("has whole images alone", () => {
    const two = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2, 1, 1] } as const;
    expect(sliceBatch(two, 1, 2)).toEqual({ data: Float32Array.of(3, 4), shape: [1, 2, 1, 1] });
    for (const [from, to] of [
      [0.5, 1.5],
      [0, Number.NaN],
      [-1, 1],
      [1, 3],
    ] as const)
      expect(() => sliceBatch(two, from, to)).toThrow(RangeError);
  });
});

describe("a batch repeated", () => {
  it("begins anew until there are enough images", () => {
    const two = { data: Float32Array.of(1, 2), shape: [2, 1, 1, 1] } as const;
    expect(repeatBatch(two, 5)).toEqual({ data: Float32Array.of(1, 2, 1, 2, 1), shape: [5, 1, 1, 1] });
    expect(repeatBatch(two, 1).data).toEqual(Float32Array.of(1));
    expect(() => repeatBatch({ data: new Float32Array(), shape: [0, 1, 1, 1] }, 3)).toThrow("found none");
  });
});

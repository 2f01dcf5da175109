import { expect, it } from "vitest";
import { argmaxRows } from "../../src/tensor/argmaxRows";

it("finds the first of the largest of each row, and refuses what is no number", () => {
  const rows = Float32Array.of(0, 2, 2, -1, Number.NEGATIVE_INFINITY, -3);
  expect([...argmaxRows(rows, 3)]).toEqual([1, 0]);
  expect(argmaxRows(new Float32Array(0), 3)).toHaveLength(0);
  rows[4] = Number.NaN;
  expect(() => argmaxRows(rows, 3)).toThrow(/NaN for class 1 of image 1/);
});

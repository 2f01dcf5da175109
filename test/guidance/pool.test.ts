import { expect, it } from "vitest";
import { choose, keepAt } from "../../src/guidance/pool";

const pool = {
  prototype: Float32Array.of(2, -1, 1.5, 0.5, /* next class */ 0.1, 0.2, 0.3, 0.4),
  recognised: Uint8Array.of(1, 0, 1, 1, 0, 1, 1, 0),
};

it("keeps the surest, or the least sure of those recognised", () => {
  expect([...choose(pool, 2, 2, "confident")]).toEqual([0, 2, 5, 6]);
  expect([...choose(pool, 2, 2, "uncertain")]).toEqual([2, 3, 5, 6]);
  // Where too few are recognised, the nearest to it fill up.
  expect([...choose(pool, 2, 3, "confident")]).toEqual([0, 2, 3, 5, 6, 7]);
  expect([...choose(pool, 2, 1, "uncertain")]).toEqual([3, 5]);
});

it("turns from sure to unsure as the IPC grows", () => {
  expect([1, 10, 50].map(keepAt)).toEqual(["confident", "confident", "uncertain"]);
});

it("chooses the same images of a pool in another order", () => {
  const order = [3, 1, 0, 2, 7, 6, 5, 4];
  const permuted = {
    prototype: Float32Array.from(order, (i) => pool.prototype[i]),
    recognised: Uint8Array.from(order, (i) => pool.recognised[i]),
  };
  for (const keep of ["confident", "uncertain"] as const)
    expect(Array.from(choose(permuted, 2, 2, keep), (i) => order[i]).sort()).toEqual(
      [...choose(pool, 2, 2, keep)].sort(),
    );
});

it("refuses a pool that is too small", () => {
  expect(() => choose(pool, 2, 5, "confident")).toThrow(/at least IPC = 5/);
});

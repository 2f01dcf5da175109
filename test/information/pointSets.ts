// Sets of points of very different size.
import { Seed } from "../../src/tensor/random";

const seed = new Seed("mixture");

/** Dimension, points, blur relative to the spread. */
export function* pointSets(count: number) {
  for (let index = 0; index < count; index++) {
    const own = seed.child("case", index);
    const d = [1, 2, 5, 16, 64][index % 5]!;
    const n = 2 + own.integers(1, 12)[0]!;
    const s = Math.exp(Math.log(0.1) + own.uniform(1)[0]! * Math.log(60));
    yield { own, d, n, s2: s * s, points: own.child("points").normal(n * d) };
  }
}

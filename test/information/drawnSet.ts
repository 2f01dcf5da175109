import type { GaussianMixture } from "../../src/information/groundTruth";
import { drawMixture } from "../../src/information/randomMixture";
import type { Seed } from "../../src/tensor/random";

/** A random mixture of three classes in four dimensions, and `size` points of each class, class after class, [3 size, 4]. */
export function drawnSet(
  own: Seed,
  index: number,
  size: number,
): { mixture: GaussianMixture; points: number[] } {
  const mixture = drawMixture(
    { dimension: 4, classes: 3, separation: 1 + (index % 4) },
    own.child("mixture"),
  );
  const set = [0, 1, 2].map((y) => {
    const { points, labels } = mixture.sample(60 * size, own.child("set", y));
    const rows = Array.from(labels.keys()).filter((i) => labels[i] === y);
    return rows.slice(0, size).flatMap((i) => [...points.subarray(4 * i, 4 * i + 4)]);
  });
  return { mixture, points: set.flat() };
}

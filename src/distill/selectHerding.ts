// Herding (Welling 2009; as a selection of exemplars: Rebuffi et al. 2017): images whose mean stays close to the
// mean of their class.
import { meanOf } from "./selectKCenter";

/**
 * Greedy: the k-th image is the one that brings the mean of the first k closest to the mean of all. At one image
 * this is the image nearest to the mean.
 *
 * @param points row by row, N x `dimension`, N >= `count`
 * @returns places of different rows, in the order they were picked
 * @example
 * herding(Float32Array.of(0, 4, 5, 11), 1, 2); // 2, 1: 5 is the mean of all, and (5 + 4) / 2 is nearest to it
 */
export function herding(points: Float32Array, dimension: number, count: number): Int32Array {
  const total = points.length / dimension;
  const mean = meanOf(points, dimension);
  const sum = new Float64Array(dimension);
  const taken = new Uint8Array(total);
  return Int32Array.from({ length: count }, (_, k) => {
    // |mean - (sum + x) / (k + 1)| is least where x is nearest to (k + 1) mean - sum.
    const wanted = mean.map((value, c) => (k + 1) * value - sum[c]!);
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < total; i++) {
      if (taken[i]) continue;
      let distance = 0;
      for (let c = 0; c < dimension; c++) distance += (points[i * dimension + c]! - wanted[c]!) ** 2;
      if (distance < least) [least, best] = [distance, i];
    }
    taken[best] = 1;
    for (let c = 0; c < dimension; c++) sum[c]! += points[best * dimension + c]!;
    return best;
  });
}

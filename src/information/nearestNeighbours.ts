// Kozachenko and Leonenko's estimate of a differential entropy from nearest neighbours. For comparison only.
//
//     H = psi(N) - psi(k) + ln V_d + (d/N) sum_i ln r_k(i),   r_k(i): distance of x_i to its k-th neighbour,
//
// V_d the volume of the unit ball, psi the digamma function. Consistent, but no bound: with d its bias grows, as the
// density is far from constant in a ball that reaches the k-th of a few points; and it has no gradient worth following.
//
// L. Kozachenko, N. Leonenko: Probl. Inf. Transm. 23(2), 1987. A. Kraskov et al., Phys. Rev. E 69, 066138 (2004).
import type { Estimate } from "./groundTruth";
import { meanOf } from "./meanOf";

/**
 * @param points row by row, N x `dimension`, N > k
 * @param k which neighbour; 3 if left out
 * @returns H, nats, relative to the unit of `points`; -Infinity where k + 1 points coincide
 * @throws RangeError if the points are not whole rows, or not more than k
 *
 * @example
 * nearestNeighbourEntropy(new igds.Seed(0).normal(2000), 1).value; // about 0.5 ln(2 pi e) = 1.42
 */
export function nearestNeighbourEntropy(points: ArrayLike<number>, dimension: number, k = 3): Estimate {
  const count = points.length / dimension;
  if (!Number.isInteger(count) || !Number.isInteger(k) || k < 1 || count <= k) {
    throw new RangeError(
      `nearestNeighbourEntropy: expected more than k = ${k} rows of ${dimension} numbers, found ` +
        `${points.length} numbers. Pass more points, or a smaller k >= 1.`,
    );
  }
  const logs = Float64Array.from({ length: count }, (_, i) => {
    const nearest = new Float64Array(k).fill(Infinity); // ascending
    for (let j = 0; j < count; j++) {
      if (j === i) continue;
      let distance = 0;
      for (let c = 0; c < dimension && distance < nearest[k - 1]!; c++)
        distance += (points[i * dimension + c]! - points[j * dimension + c]!) ** 2;
      if (distance >= nearest[k - 1]!) continue;
      let at = k - 1;
      for (; at > 0 && nearest[at - 1]! > distance; at--) nearest[at] = nearest[at - 1]!;
      nearest[at] = distance;
    }
    return (dimension / 2) * Math.log(nearest[k - 1]!);
  });
  const { value, ...error } = meanOf(logs);
  return { value: harmonic(count - 1) - harmonic(k - 1) + logBallVolume(dimension) + value, ...error };
}

/** 1 + 1/2 + ... + 1/n = psi(n + 1) - psi(1). */
function harmonic(n: number): number {
  let sum = 0;
  for (let i = n; i > 0; i--) sum += 1 / i;
  return sum;
}

/** ln of the volume of the unit ball: V_0 = 1, V_1 = 2, V_d = V_(d-2) 2 pi / d. */
function logBallVolume(dimension: number): number {
  let volume = dimension % 2 === 0 ? 0 : Math.LN2;
  for (let d = dimension; d > 1; d -= 2) volume += Math.log((2 * Math.PI) / d);
  return volume;
}

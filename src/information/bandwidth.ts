// How much to blur: the variance s^2 of the mixture bounds.
//
// With s too small the bounds saturate at ln N and their gradient dies; with s too large they vanish.
// Two rules: the median rule keeps half of the pairs within reach of each other; the noise level of the step
// makes the blurred set exactly the law of x_t given the set.
import { type Tensor, tf } from "../tensor/engine";
import { squaredDistances, withoutGradient } from "./distances";

/** Real images of a class that its median distance is taken from. */
export const BANDWIDTH_IMAGES = 300;

/** Smallest s^2 of the median rule: keeps exp(-0 / s^2) defined when all images of a class are equal. */
const FLOOR = 1e-12;

/**
 * Median rule inside a graph: s^2 = median_{i<j} |x_i - x_j|^2 / (8 ln N), so that a pair at the median distance
 * has Bhattacharyya overlap 1/N. An even number of pairs takes the mean of the two middle ones; where more than
 * half of the pairs coincide the mean distance stands in for the median. At N = 1, where every s^2 gives zero
 * information, it is 1.
 *
 * The gradient does not flow through s^2: a bandwidth that followed the points would make the bound insensitive
 * to scale, and the set could not gain by spreading out.
 *
 * @param points images of one class, [N, d], or of K classes, [K, N, d]
 * @returns s^2 > 0 as a scalar, or [K], in the squared unit of `points`
 * @example
 * igds.information.medianBandwidth(igds.tf.tensor2d([[0, 0], [3, 4]])).dataSync()[0]; // 25 / (8 ln 2) = 4.5
 */
export function medianBandwidth(points: Tensor): Tensor {
  const single = points.rank === 2;
  return withoutGradient((x) => {
    const batched = single ? tf.reshape(x, [1, ...x.shape]) : x;
    const [classes, n] = batched.shape as [number, number, number];
    if (n === 1) return tf.ones(single ? [] : [classes]);
    const pairs = pairDistances(batched);
    const count = pairs.shape[1]!;
    const keep = Math.floor(count / 2) + 1;
    const sorted = tf.topk(pairs, keep).values; // descending, so its end is the middle of all
    const middle = count % 2 === 0 ? 2 : 1;
    const median = tf.mean(tf.slice(sorted, [0, keep - middle], [classes, middle]), 1);
    const typical = tf.where(tf.greater(median, 0), median, tf.mean(pairs, 1));
    const s2 = tf.maximum(tf.div(typical, 8 * Math.log(n)), FLOOR);
    return single ? tf.reshape(s2, []) : s2;
  })(points);
}

/** Distances of the pairs i < j, [K, N (N - 1) / 2]. */
function pairDistances(batched: Tensor): Tensor {
  const [classes, n] = batched.shape as [number, number, number];
  const upper: number[] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) upper.push(i * n + j);
  const all = tf.reshape(squaredDistances(batched, batched), [classes, n * n]);
  return tf.gather(all, tf.tensor1d(upper, "int32"), 1);
}

/**
 * Median rule on plain numbers; the same rule as `medianBandwidth`.
 *
 * @param points row by row, N x `dimension`
 * @param dimension numbers in one point, d
 * @returns s^2 > 0, in the squared unit of `points`; 1 at N = 1
 * @throws RangeError if `points` is not a whole number of rows
 * @example
 * igds.information.medianBandwidthOf([0, 0, 3, 4], 2); // 25 / (8 ln 2) = 4.5
 */
export function medianBandwidthOf(points: ArrayLike<number>, dimension: number): number {
  const n = points.length / dimension;
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(
      `medianBandwidthOf: expected rows of ${dimension} numbers, found ${points.length} numbers. ` +
        "Pass the points row by row.",
    );
  }
  if (n === 1) return 1;
  const pairs = new Float64Array((n * (n - 1)) / 2);
  let next = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < dimension; k++)
        sum += (points[i * dimension + k]! - points[j * dimension + k]!) ** 2;
      pairs[next++] = sum;
    }
  }
  pairs.sort();
  const half = pairs.length >> 1;
  const median = pairs.length % 2 === 1 ? pairs[half]! : (pairs[half - 1]! + pairs[half]!) / 2;
  const typical = median > 0 ? median : pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length;
  return Math.max(typical / (8 * Math.log(n)), FLOOR);
}

/**
 * The median rule for sets of a class, by many real images of it: s^2 = median_{i<j} |x_i - x_j|^2 / (8 ln n) for sets of n.
 *
 * A set whose images lie as far apart as real ones then has most of its ln n nats, and one that has collapsed has none; a
 * bandwidth taken from the set itself could not tell the two apart.
 *
 * @param images real images, row by row, N x `dimension`; usually `BANDWIDTH_IMAGES`
 * @returns s^2 > 0 by the size of the set, n; a set of one takes that of two
 * @throws RangeError if `images` is not a whole number of rows
 */
export function bandwidthBySize(images: ArrayLike<number>, dimension: number): (size: number) => number {
  const count = images.length / dimension;
  const spread = medianBandwidthOf(images, dimension) * Math.log(Math.max(2, count));
  return (size) => spread / Math.log(Math.max(2, size));
}

/**
 * Noise level of a diffusion step as a variance on the scale of x0: s_t^2 = (1 - alphaBar_t) / alphaBar_t.
 * x_t / sqrt(alphaBar_t) is an image plus noise of this variance.
 *
 * @param alphaBar cumulative product in (0, 1]; at 1 the result is 0, which blurs nothing
 */
export function noiseVariance(alphaBar: number): number;
export function noiseVariance(alphaBar: Tensor): Tensor;
export function noiseVariance(alphaBar: Tensor | number): Tensor | number {
  if (typeof alphaBar !== "number") return tf.tidy(() => tf.div(tf.sub(1, alphaBar), alphaBar));
  if (!(alphaBar > 0 && alphaBar <= 1)) {
    throw new RangeError(`noiseVariance: expected alphaBar in (0, 1], found ${alphaBar}.`);
  }
  return (1 - alphaBar) / alphaBar;
}

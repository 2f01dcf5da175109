// The best denoiser of a labelled Gaussian mixture, in closed form: what a trained network approximates.
//
// Given the component, x and y = sqrt(g) x + noise are jointly Gaussian, so
//     E[x|y,z] = m_z + sqrt(g) v_z / (g v_z + 1) (y - sqrt(g) m_z),   y|z ~ N(sqrt(g) m_z, (g v_z + 1) I),
// and E[x|y] is their mean over the posterior of z: over all components, or those of the class that is told.
import type { Seed } from "../tensor/random";
import { expectLabels } from "./barberAgakov";
import type { DenoiserError } from "./denoiser";
import { type Estimate, type GaussianComponent, GaussianMixture, type MixtureSample } from "./groundTruth";
import { meanOf } from "./meanOf";
import { softmaxInPlace } from "./softmax";

/**
 * The mixture whose means, shares and one common variance are those of a sample.
 *
 * @param sample with at least one point in every context that it names, contexts numbered from 0 in each class
 */
export function mixtureOfSample({ points, labels, contexts }: MixtureSample): GaussianMixture {
  const dimension = points.length / labels.length;
  const groups = new Map<string, { rows: number[]; y: number }>();
  for (let i = 0; i < labels.length; i++) {
    const key = `${labels[i]} ${contexts[i]}`;
    const group = groups.get(key) ?? { rows: [], y: labels[i]! };
    group.rows.push(i);
    groups.set(key, group);
  }
  let squares = 0;
  const components = [...groups.values()].map(({ rows, y }) => {
    const mean = new Float64Array(dimension);
    for (const i of rows)
      for (let c = 0; c < dimension; c++) mean[c]! += points[i * dimension + c]! / rows.length;
    for (const i of rows)
      for (let c = 0; c < dimension; c++) squares += (points[i * dimension + c]! - mean[c]!) ** 2;
    return { mean, y, weight: rows.length };
  });
  const variance = Math.max(1e-12, squares / (dimension * Math.max(1, labels.length - components.length)));
  const classes = labels.reduce((most, y) => Math.max(most, y), 0) + 1;
  return new GaussianMixture(
    Array.from({ length: classes }, (_, y) =>
      components
        .filter((component) => component.y === y)
        .map(({ mean, weight }) => ({ mean, weight, variance })),
    ),
  );
}

/**
 * How far points lie from the mean of their class, mean over the dimensions of the square: the variance for which the
 * linear estimate about that mean errs, on these points, as its formula says.
 *
 * @param points should not have made the mixture: about their own mean they would seem closer together
 * @returns the mean over the points, and its standard error
 */
export function spreadAboutClasses(
  mixture: GaussianMixture,
  { points, labels }: Pick<MixtureSample, "points" | "labels">,
): Estimate {
  const { dimension } = mixture;
  const centres = mixture.classes.map((components) => centreOf(components, dimension));
  return meanOf(
    Array.from(labels, (y, i) => {
      let squares = 0;
      for (let c = 0; c < dimension; c++) squares += (points[i * dimension + c]! - centres[y]![c]!) ** 2;
      return squares / dimension;
    }),
  );
}

/** The mean of the components' law. */
function centreOf(components: readonly Required<GaussianComponent>[], dimension: number): Float64Array {
  const total = components.reduce((sum, { weight }) => sum + weight, 0);
  const centre = new Float64Array(dimension);
  for (const { mean, weight } of components)
    for (let c = 0; c < dimension; c++) centre[c]! += (weight / total) * mean[c]!;
  return centre;
}

/**
 * The errors of the mixture's denoiser on points, which may follow another law.
 *
 * @param told whether the denoiser knows the label
 * @param snrs signal-to-noise ratios
 * @param variance of the linear estimate that is measured beside, about the mean of the class or of all; see
 *   `spreadAboutClasses`
 */
export function mixtureDenoiserErrors(
  mixture: GaussianMixture,
  { points, labels }: Pick<MixtureSample, "points" | "labels">,
  told: boolean,
  snrs: readonly number[],
  variance: number,
  seed: Seed,
): DenoiserError[] {
  const { dimension, classes } = mixture;
  const count = labels.length;
  const everything = classes.flat();
  const centres = (told ? classes : [everything]).map((components) => centreOf(components, dimension));
  return snrs.map((snr, level) => {
    const root = Math.sqrt(snr);
    const noise = seed.child("level", level).normal(points.length); // the same for both, told and not
    const noisy = new Float64Array(dimension);
    const guess = new Float64Array(dimension);
    const linearGain = (root * variance) / (snr * variance + 1);
    let error = 0;
    let linear = 0;
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < dimension; c++)
        noisy[c] = root * points[i * dimension + c]! + noise[i * dimension + c]!;
      estimate(told ? classes[labels[i]!]! : everything, noisy, snr, guess);
      const centre = centres[told ? labels[i]! : 0]!;
      for (let c = 0; c < dimension; c++) {
        const x = points[i * dimension + c]!;
        error += (x - guess[c]!) ** 2;
        linear += (x - centre[c]! - linearGain * (noisy[c]! - root * centre[c]!)) ** 2;
      }
    }
    return { snr, error: error / count, linear: linear / count };
  });
}

/**
 * E[x0|x_t] of every point, exactly: what a denoiser trained without end on draws of the mixture would predict.
 *
 * @param mixture the law of x0
 * @param noisy x_t = sqrt(alphaBar) x0 + sqrt(1 - alphaBar) epsilon, row by row, N x d
 * @param alphaBar that of the time step, in (0, 1)
 * @param labels the class of each point where it is told, N; left out, x0 may be of any class
 * @returns x0hat, row by row, N x d
 * @throws RangeError unless 0 < alphaBar < 1, for points that are not whole rows, and for labels that do not fit
 * @example
 * const two = new igds.information.GaussianMixture([
 *   [
 *     { mean: [-1], variance: 0.01 },
 *     { mean: [1], variance: 0.01 },
 *   ],
 * ]);
 * igds.information.denoiseMixture(two, Float32Array.of(0.05), igds.diffusion.alphaBar[900]);
 * // Near 0: still undecided between -1 and 1.
 */
export function denoiseMixture(
  mixture: GaussianMixture,
  noisy: Float32Array,
  alphaBar: number,
  labels?: ArrayLike<number>,
): Float32Array {
  if (!(alphaBar > 0 && alphaBar < 1))
    throw new RangeError(`denoiseMixture: expected alphaBar between 0 and 1, found ${alphaBar}.`);
  const { dimension, classes } = mixture;
  const count = noisy.length / dimension;
  if (!Number.isInteger(count) || (labels && labels.length !== count))
    throw new RangeError(
      `denoiseMixture: expected rows of ${dimension} numbers, found ${noisy.length} numbers` +
        `${labels ? ` and ${labels.length} labels` : ""}. Pass the points row by row, and the class of each or none.`,
    );
  if (labels) expectLabels(labels, classes.length, "denoiseMixture");
  const everything = classes.flat();
  const snr = alphaBar / (1 - alphaBar);
  const y = new Float64Array(dimension);
  const guess = new Float64Array(dimension);
  const result = new Float32Array(noisy.length);
  for (let start = 0; start < noisy.length; start += dimension) {
    for (let c = 0; c < dimension; c++) y[c] = noisy[start + c]! / Math.sqrt(1 - alphaBar);
    estimate(labels ? classes[labels[start / dimension]!]! : everything, y, snr, guess);
    result.set(guess, start);
  }
  return result;
}

/** E[x|y] into `guess`, for y = sqrt(snr) x + noise of variance 1 and x from the components. */
function estimate(
  components: readonly Required<GaussianComponent>[],
  y: Float64Array,
  snr: number,
  guess: Float64Array,
): void {
  const root = Math.sqrt(snr);
  const dimension = y.length;
  const shares = Float64Array.from(components, ({ mean, variance, weight }) => {
    let distance = 0;
    for (let c = 0; c < dimension; c++) distance += (y[c]! - root * mean[c]!) ** 2;
    const spread = snr * variance + 1;
    return Math.log(weight) - distance / (2 * spread) - (dimension / 2) * Math.log(spread);
  });
  softmaxInPlace(shares);
  guess.fill(0);
  components.forEach(({ mean, variance }, z) => {
    const share = shares[z]!;
    if (share < 1e-12) return;
    const gain = (root * variance) / (snr * variance + 1);
    for (let c = 0; c < dimension; c++) guess[c]! += share * (mean[c]! + gain * (y[c]! - root * mean[c]!));
  });
}

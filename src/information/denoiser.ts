// Entropy and information from the errors of a denoiser. For comparison only: from above, or no bound at all.
//
// Noise X to sqrt(g) X + N(0, I), signal-to-noise ratio g, and let mmse(g) be the smallest mean squared error of
// any estimate of X from it. By the I-MMSE relation, against a Gaussian of variance v in each of d dimensions,
//     H(X)   = (d/2) ln(2 pi e v) - (1/2) int_0^inf [d v / (1 + g v) - mmse(g)] dg
//     I(X;Y) = (1/2) int_0^inf [mmse(g) - mmse(g | Y)] dg.
// A real denoiser errs by more than mmse. So the first is an UPPER bound on the entropy: never the H term of a
// guidance, which would push up the denoiser's error. The second is a difference of two upper bounds: NO bound.
//
// D. Guo, S. Shamai, S. Verdu, IEEE Trans. Inf. Theory 51(4), 2005. X. Kong et al.: Information-Theoretic Diffusion.
// ICLR 2023, arXiv 2302.03792.

/** The error of a denoiser at one noise level. */
export interface DenoiserError {
  /** Signal-to-noise ratio g > 0; alphaBar / (1 - alphaBar) of a diffusion step. */
  readonly snr: number;
  /** E |x - x0hat|^2, summed over the d dimensions. */
  readonly error: number;
  /**
   * Error, on the same noised images, of the linear estimate of a Gaussian with the mean of X and variance v in each
   * dimension. Without it its expectation d v / (1 + g v) is used, and the noise of the sample does not cancel.
   */
  readonly linear?: number;
}

/**
 * Upper bound on H(X), or on H(X|Y) if the denoiser knows the class.
 *
 * What lies outside of the given levels counts as zero gain over the linear estimate, which errs upwards too.
 *
 * @param errors at least two levels, in any order; they should reach from far below to far above 1 / variance
 * @param variance v, mean over the dimensions of the variance of X; where `linear` errors are given, about the same
 *   mean as theirs and on points like those that they were measured on, or the difference is taken for information
 * @returns nats, relative to the unit of x
 * @throws RangeError for fewer than two levels, or one that is not positive
 */
export function denoiserEntropy(
  errors: readonly DenoiserError[],
  dimension: number,
  variance: number,
): number {
  const gained = integral(
    errors,
    ({ snr, error, linear = (dimension * variance) / (1 + snr * variance) }) => linear - error,
  );
  return (dimension / 2) * Math.log(2 * Math.PI * Math.E * variance) - gained / 2;
}

/**
 * Estimate of I(X;Y) from a denoiser that does not know the class and one that does. No bound: it lies above the
 * truth if the first is the worse of the two, below if the second is.
 *
 * @param without errors of the unconditional denoiser
 * @param given errors of the conditional one, at the same levels in the same order
 * @returns nats
 * @throws RangeError if the levels differ
 */
export function denoiserInformation(
  without: readonly DenoiserError[],
  given: readonly DenoiserError[],
): number {
  const odd = without.findIndex(({ snr }, i) => snr !== given[i]?.snr);
  if (odd >= 0 || without.length !== given.length) {
    throw new RangeError(
      `denoiserInformation: expected the same noise levels twice, found ${without.length} and ${given.length}` +
        `${odd >= 0 ? `, different from index ${odd} on` : ""}. Measure both denoisers at each level.`,
    );
  }
  return integral(without, ({ error }, i) => error - given[i]!.error) / 2;
}

/** int f dg by the trapezoidal rule in ln g, in which both integrals are smooth and vanish at the ends. */
function integral(
  errors: readonly DenoiserError[],
  f: (level: DenoiserError, index: number) => number,
): number {
  if (errors.length < 2 || errors.some(({ snr }) => !(snr > 0 && Number.isFinite(snr)))) {
    throw new RangeError(
      `denoiser: expected at least two noise levels with snr > 0, found ${errors.map(({ snr }) => snr).join(", ")}.`,
    );
  }
  const levels = errors
    .map((level, index) => ({ u: Math.log(level.snr), value: level.snr * f(level, index) }))
    .sort((a, b) => a.u - b.u);
  let sum = 0;
  for (let i = 1; i < levels.length; i++) {
    sum += ((levels[i]!.value + levels[i - 1]!.value) / 2) * (levels[i]!.u - levels[i - 1]!.u);
  }
  return sum;
}

// The context bound as guidance fits it, on a mixture whose truth is known: the contexts are clusters of clean points by
// k-means, which nobody has told, as many as a set has images, and the temperature of q comes from held-out points
// (contextModel.ts, distill/classContext.ts). Guidance (guidance/context.ts) then gives every cluster the same share, for
// that is the law of Z in a set with one image for each; here q has the law of Z among points, which real images have too.
//
// Guidance looks at images through noise. Here that is X = X0 + s eps, with X0 the clean point and s^2 so large a part of
// the variance of a Gaussian that X has the law of the mixture. The entropy of X splits into that of the noise and what X
// tells of X0, which it can tell of no function of X0 less: of its cluster Z, for one,
//
//     H(X|Y) = (d/2) ln(2 pi e s^2) + I(X;X0|Y) >= (d/2) ln(2 pi e s^2) + H(Z|Y) + E log q(z|x,y).
//
// (I(X;Z|Y) with the true components is no truth for it: k-means may cut a Gaussian in two, and X then tells the halves
// apart a little.)
import { tf } from "../tensor/engine";
import { numbersOf } from "../tensor/numbersOf";
import type { Seed } from "../tensor/random";
import { contextInformation, contextTensors } from "./context";
import { type ContextModel, calibrateContext, contextOf, fitContext } from "./contextModel";
import { type Estimate, GaussianMixture } from "./groundTruth";
import { meanOf } from "./meanOf";

/**
 * I(X;X0) inside the narrowest Gaussian, nats. Clusters leave it out, nearly, so it is small: then what is missing shows
 * what the fit loses.
 */
const INSIDE = 0.1;
/** Most clean points of a class for its clusters, and to calibrate on. */
const MOST_TO_FIT = 2000;
const MOST_TO_CALIBRATE = 500;

/**
 * @param samples clean points, a Cth of each class; half of them for the clusters, a quarter for the temperature, which is
 *   the geometric mean over the classes, and a quarter, noised, for the bound
 * @param ipc k, number of clusters of each class; fewer where there are not as many points to fit
 * @returns bound on H(X|Y), nats
 * @throws RangeError for fewer than 4 points of each class
 */
export function contextAsItGuides(
  mixture: GaussianMixture,
  samples: number,
  ipc: number,
  seed: Seed,
): Estimate {
  const { dimension, classes } = mixture;
  const perClass = Math.floor(samples / classes.length);
  if (perClass < 4)
    throw new RangeError(`contextAsItGuides: expected at least 4 points of each class, found ${perClass}.`);
  const s2 = noiseOf(mixture);
  const rows = (points: Float32Array, from: number, to: number) =>
    points.subarray(from * dimension, to * dimension);
  const half = Math.floor(perClass / 2);
  const threeQuarters = Math.floor((3 * perClass) / 4);
  const fitted = classes.map((components, y) => {
    const law = new GaussianMixture([
      components.map(({ mean, variance, weight }) => ({ mean, weight, variance: variance - s2 })),
    ]);
    const own = seed.child("class", y);
    const { points } = law.sample(perClass, own.child("clean"));
    const count = Math.min(half, MOST_TO_FIT);
    const model = fitContext(rows(points, 0, count), dimension, Math.min(ipc, count), own.child("k-means"));
    const held = rows(points, half, Math.min(threeQuarters, half + MOST_TO_CALIBRATE));
    const calibrated = calibrateContext(model, held, [1 / (1 + s2)], own.child("calibration"));
    return {
      model,
      temperature: calibrated[0]!.temperature,
      clean: rows(points, threeQuarters, perClass),
      own,
    };
  });
  const temperature = Math.exp(
    fitted.reduce((sum, one) => sum + Math.log(one.temperature), 0) / fitted.length,
  );
  const shares = fitted.flatMap(({ model, clean, own }) =>
    sharesOf(model, clean, s2, temperature, own.child("noise")),
  );
  const { value, ...error } = meanOf(shares);
  return { value: (dimension / 2) * Math.log(2 * Math.PI * Math.E * s2) + value, ...error };
}

/** s^2: (d/2) ln(v / s^2) = `INSIDE` for the smallest variance v. */
function noiseOf({ dimension, classes }: GaussianMixture): number {
  const least = Math.min(...classes.flat().map(({ variance }) => variance));
  return least * Math.exp((-2 * INSIDE) / dimension);
}

/** log q(z|x,y) - ln p(z|y) of each clean point with noise; p is the law of z among them, whose entropy errs downwards. */
function sharesOf(
  model: ContextModel,
  clean: Float32Array,
  s2: number,
  temperature: number,
  seed: Seed,
): number[] {
  const { dimension, k } = model;
  const count = clean.length / dimension;
  const z = contextOf(clean, model);
  const counts = new Float64Array(k);
  for (const cluster of z) counts[cluster]!++;
  const noise = seed.normal(clean.length);
  const noised = clean.map((value, i) => value + Math.sqrt(s2) * noise[i]!);
  const logQ = numbersOf(() => {
    const x = tf.tensor2d(noised, [count, dimension]).expandDims(0);
    const { perImage } = contextInformation(
      x,
      contextTensors([model]),
      tf.tensor1d(z, "int32"),
      { s2 },
      temperature,
    );
    return tf.sub(perImage, Math.log(k)); // without the prior's ln k: log q
  });
  return Array.from(logQ, (value, i) => value - Math.log(counts[z[i]!]! / count));
}

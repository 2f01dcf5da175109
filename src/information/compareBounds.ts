// Every bound and estimator beside the truth, on one Gaussian mixture and one sample from it.
import { Seed, type SeedLike } from "../tensor/random";
import { prototypeInformationOf } from "./barberAgakov";
import { type Measured, report, timed } from "./besideTruth";
import type { BoundReport, Quantity } from "./boundReport";
import { cmiOfContexts } from "./cmiOfContexts";
import { compareSets } from "./compareSets";
import { contextAsItGuides } from "./contextAsItGuides";
import { criticsOnBatches } from "./criticsOnBatches";
import { crossFitClassifier, crossFitContext } from "./crossFit";
import { denoiserEntropy, denoiserInformation } from "./denoiser";
import { type EstimatorName, estimators } from "./estimators";
import type { Estimate, GaussianMixture, MixtureSample } from "./groundTruth";
import { meanOf } from "./meanOf";
import { mixtureDenoiserErrors, mixtureOfSample, spreadAboutClasses } from "./mixtureDenoiser";
import { nearestNeighbourEntropy } from "./nearestNeighbours";
import { logSoftmaxAt } from "./softmax";

/** How much to sample. */
export interface CompareOptions {
  /** Points that all fits share, N. */
  readonly samples: number;
  /** Images of each class in the sets, and clusters of each class as guidance fits them; 10 if left out. */
  readonly ipc?: number;
  /** s^2 of the sets' blur as a multiple of the median rule; 1 if left out. */
  readonly blur?: number;
  /** Only the lower bounds by formulas that guide, and those beside them, and none on H(X|Y); false if left out. */
  readonly guidingOnly?: boolean;
}

/** The truth and every bound. */
export interface Comparison {
  /** Of each quantity, nats. */
  readonly truth: Readonly<Record<Quantity, Estimate>>;
  /** Each beside its truth. */
  readonly bounds: readonly BoundReport[];
}

/** Most points for estimators whose cost grows faster than N. */
const FEW = 500;
/** Noise levels of the denoiser, e^-9 to e^9 around the variance of a component. */
const LEVELS = Array.from({ length: 37 }, (_, i) => Math.exp((i - 18) / 2));

/**
 * Draws a sample, fits everything to it, and says how far each is from the truth.
 *
 * @param mixture the law that the sample is drawn from
 * @param seed of the sample, the sets, the fits and the Monte Carlo of the truth
 * @throws RangeError if the sample is too small to fit (see `crossFitClassifier`)
 * @example
 * const mixture = igds.information.drawMixture({ dimension: 16, classes: 4, separation: 3 }, 0);
 * const { truth, bounds } = igds.information.compareBounds(mixture, { samples: 4000 }, 1);
 * console.log(truth["I(X;Y)"].value, bounds.find(({ name }) => name === "barber-agakov")?.interval);
 */
export function compareBounds(mixture: GaussianMixture, options: CompareOptions, seed: SeedLike): Comparison {
  const source = Seed.of(seed);
  const { samples, ipc = 10, blur = 1, guidingOnly = false } = options;
  const { dimension, classes } = mixture;
  const most = Math.max(...classes.map((components) => components.length));
  const data = mixture.sample(samples, source.child("sample"));
  const sets = compareSets(mixture, ipc, blur, guidingOnly, source.child("sets"));
  const ofContexts = mixture.contextInformation(source.child("truth"));
  const truth = {
    "I(X;Y)": mixture.prototypeInformation(source.child("truth")),
    "I(X;Z|Y)": ofContexts,
    "H(X|Y)": { ...ofContexts, value: mixture.componentEntropy() + ofContexts.value },
    set: sets.truth,
  };
  const bounds: BoundReport[] = [];
  const add: Add = (name, measure) => {
    bounds.push(report(name, truth[estimators[name].quantity], measure));
  };

  const classifier = timed(() =>
    crossFitClassifier(data, dimension, classes.length, source.child("classifier")),
  );
  const { logits } = classifier.result;
  add("barber-agakov", () => {
    const { bound, standardError } = prototypeInformationOf(logits, data.labels);
    const gap = gapTo(mixture.labelLogits(data.points), logits, data.labels);
    return { value: bound, standardError, gap, seconds: classifier.seconds };
  });
  add("context", () => contextBound(mixture, data, most, source));
  add("cmi", () => cmiOfContexts({ ...data, logits }, most));
  bounds.push(...sets.bounds);
  if (!guidingOnly) {
    add("context, as it guides", () =>
      contextAsItGuides(mixture, samples, ipc, source.child("context, as it guides")),
    );
    addComparisons(mixture, data, logits, source, add);
  }
  return { truth, bounds };
}

type Add = (name: EstimatorName, measure: () => Measured) => void;

/** H(Z|Y) + E log q(z|x,y), with the empirical law of Z, whose entropy errs downwards. */
function contextBound(mixture: GaussianMixture, data: MixtureSample, most: number, seed: Seed): Measured {
  const { labels, contexts, points } = data;
  const { dimension, classes } = mixture;
  if (most === 1) return { value: 0, standardError: 0 };
  const { logits } = crossFitContext(data, dimension, classes.length, most, seed.child("context"));
  const inClass = new Float64Array(classes.length);
  const inContext = new Float64Array(classes.length * most);
  labels.forEach((y, i) => {
    inClass[y]!++;
    inContext[y * most + contexts[i]!]!++;
  });
  const values = Array.from(labels, (y, i) => {
    const z = contexts[i]!;
    return logSoftmaxAt(logits, most, i, z) - Math.log(inContext[y * most + z]! / inClass[y]!);
  });
  const gap = gapTo(mixture.contextLogits(points, labels, most), logits, contexts);
  return { ...meanOf(values), gap };
}

/** The estimators that guide nothing. */
function addComparisons(
  mixture: GaussianMixture,
  data: MixtureSample,
  logits: Float32Array,
  seed: Seed,
  add: Add,
): void {
  const { dimension, classes } = mixture;
  const critics = timed(() => criticsOnBatches(logits, data.labels, seed.child("critics")));
  for (const name of ["infonce", "nwj", "dv", "smile"] as const)
    add(name, () => ({ ...critics.result[name], seconds: critics.seconds / 4 }));
  add("kozachenko-leonenko", () => {
    const perClass = classes.map((_, y) =>
      nearestNeighbourEntropy(rowsOf(data, dimension, (i) => data.labels[i] === y).points, dimension),
    );
    const value = perClass.reduce((sum, one) => sum + one.value, 0) / perClass.length;
    const squares = perClass.reduce((sum, one) => sum + one.standardError ** 2, 0);
    return { value, standardError: Math.sqrt(squares) / perClass.length };
  });
  // The denoiser is fitted to one half of the sample and judged on points of the other, in parts for the error.
  const half = Math.floor(data.labels.length / 2);
  const denoiser = timed(() =>
    mixtureOfSample(rowsOf(data, dimension, (i) => i < half, Number.POSITIVE_INFINITY)),
  );
  const unseen = rowsOf(data, dimension, (i) => i >= half, Number.POSITIVE_INFINITY);
  const spread = spreadAboutClasses(denoiser.result, unseen);
  const variance = spread.value;
  const parts = Array.from({ length: 5 }, (_, part) =>
    rowsOf(data, dimension, (i) => i >= half && i % 5 === part, 60),
  );
  const errors = timed(() =>
    parts.map((part, index) => {
      const of = (told: boolean) =>
        mixtureDenoiserErrors(denoiser.result, part, told, LEVELS, variance, seed.child("denoiser", index));
      return { given: of(true), without: of(false) };
    }),
  );
  const seconds = denoiser.seconds + errors.seconds;
  add("denoiser (upper bound)", () => {
    const entropy = meanOf(errors.result.map(({ given }) => denoiserEntropy(given, dimension, variance)));
    // The variance is measured too, and (d/2) ln v moves by d/2v for each unit.
    const ofVariance = ((dimension / 2) * spread.standardError) / variance;
    const standardError = Math.hypot(entropy.standardError, ofVariance);
    return { value: entropy.value, standardError, seconds };
  });
  add("denoiser (difference)", () => ({
    ...meanOf(errors.result.map(({ given, without }) => denoiserInformation(without, given))),
    seconds,
  }));
}

/** E ln p - ln q at the labels, both given as scores. */
function gapTo(truth: Float64Array, logits: Float32Array, labels: ArrayLike<number>): Estimate {
  const classes = logits.length / labels.length;
  return meanOf(
    Array.from(labels, (y, i) => logSoftmaxAt(truth, classes, i, y) - logSoftmaxAt(logits, classes, i, y)),
  );
}

/** The first `most` points for which `wanted` holds. */
function rowsOf(
  { points, labels, contexts }: MixtureSample,
  dimension: number,
  wanted: (i: number) => boolean,
  most = FEW,
): MixtureSample {
  const rows: number[] = [];
  for (let i = 0; i < labels.length && rows.length < most; i++) if (wanted(i)) rows.push(i);
  const chosen = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    chosen.set(points.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return {
    points: chosen,
    labels: Int32Array.from(rows, (i) => labels[i]!),
    contexts: Int32Array.from(rows, (i) => contexts[i]!),
  };
}

// Classifiers fitted to data so that the Barber-Agakov bound made of them is a lower bound: cross-fitting.
//
//     I(X;Y) >= H(Y) + E log q(y|x)   holds for every q that does not depend on the (x, y) it is averaged over.
//
// The sample is cut into folds. For each, q is fitted to the others, its temperature on one of those that a first fit
// has not seen, and log q read off on the fold itself: every point counts, and none of them judges what it was fitted
// to. A classifier scored on its own training data would lie above I by about (free parameters) / N. (How many Gaussians
// a class has is chosen once, on one fold; a choice among six can lift the bound by no more than about ln 6 / N.)
//
// q: one mixture of Gaussians for each class and Bayes' rule (mixtureFit.ts); for the context, one Gaussian for each
// (y, z). X. Chernozhukov et al.: Double/debiased machine learning. Econometrics J. 21(1), 2018 (cross-fitting).
import { Seed, type SeedLike } from "../tensor/random";
import { fitTemperature } from "./calibration";
import { componentLogits, type FittedMixture, fitAssigned, fitMixture } from "./mixtureFit";
import { type Projection, principalBasis, project, withMeans } from "./subspace";

/** Labelled points, those of each class in random order: fits of many start from the first of them. */
export interface LabelledPoints {
  /** x, row by row, N x d. */
  readonly points: Float32Array;
  /** y in 0..C-1, N. */
  readonly labels: ArrayLike<number>;
}

/** How to fit. */
export interface CrossFitOptions {
  /** Parts of the sample, at least 3; 5 if left out. */
  readonly folds?: number;
  /** Numbers of Gaussians for each class to choose from, ascending; 1, 2, 3, 4, 6 and 8 if left out. */
  readonly components?: readonly number[];
}

/** Held-out scores. */
export interface CrossFit {
  /** Calibrated scores of each point by a classifier that has not seen it: softmax(row) = q(.|x), N x C. */
  readonly logits: Float32Array;
  /** Gaussians for each class, as many as scored best. */
  readonly components: number;
  /** Of each fold's classifier, at least 1; the logits are divided by them already. */
  readonly temperatures: readonly number[];
}

/** Points on which the number of Gaussians is chosen: more make no other choice, but cost. */
const ENOUGH_TO_CHOOSE = 16_000;

/**
 * Fits q(y|x) and scores every point by a classifier that was fitted without it.
 *
 * `prototypeInformationOf(logits, labels)` is then a lower bound on I(X;Y), up to its sampling error.
 *
 * @param data the sample: x, N x d, and y, N
 * @param dimension d, numbers in one point
 * @param classes C
 * @param seed of the folds and of the fits
 * @returns scores of every point, N x C, and what fitted them
 * @throws RangeError for fewer than 3 folds, for a label outside 0..C-1, and if a class has fewer than two points for each fold
 *
 * @example
 * const data = igds.information.drawMixture({ dimension: 8, classes: 3, separation: 2 }, 0).sample(3000, 1);
 * const { logits } = igds.information.crossFitClassifier(data, 8, 3, 2);
 * igds.information.prototypeInformationOf(logits, data.labels).bound; // nats, below I(X;Y)
 */
export function crossFitClassifier(
  data: LabelledPoints,
  dimension: number,
  classes: number,
  seed: SeedLike,
  options: CrossFitOptions = {},
): CrossFit {
  const { components = [1, 2, 3, 4, 6, 8], folds = 5 } = options;
  const { points, labels } = data;
  const source = Seed.of(seed);
  const fold = foldsOf(labels, classes, folds, source);
  const basis = principalBasis(points, dimension, source);
  const score = (count: number, training: Int32Array, rows: Int32Array): Float32Array => {
    const groups = classRows(training, labels, classes);
    const seen = project(points, dimension, withMeans(basis, points, dimension, groups));
    const fits = groups.map((own, y) =>
      fitMixture(seen, own, Math.min(count, own.length), source.child("fit", y, count)),
    );
    return classScores(seen, rows, fits);
  };
  const judges = thinned(
    rowsWhere(fold, (part) => part === 0),
    ENOUGH_TO_CHOOSE / 4,
  );
  const others = thinned(
    rowsWhere(fold, (part) => part !== 0),
    ENOUGH_TO_CHOOSE,
  );
  const losses = components.map(
    (count) => temperatureOf(score(count, others, judges), valuesAt(labels, judges)).nll,
  );
  const best = components[losses.indexOf(Math.min(...losses))]!;
  const fit = crossFit(labels, classes, fold, folds, (training, rows) => score(best, training, rows));
  return { ...fit, components: best };
}

/**
 * Fits q(z|x,y) for a context variable Z that is known for the sample, and scores every point by a model fitted
 * without it. Contexts count from 0 within each class.
 *
 * @param most contexts of the class that has most of them
 * @returns as `crossFitClassifier`; rows of `most` scores, very low where a class has fewer contexts
 */
export function crossFitContext(
  data: LabelledPoints & { readonly contexts: ArrayLike<number> },
  dimension: number,
  classes: number,
  most: number,
  seed: Seed,
  options: CrossFitOptions = {},
): CrossFit {
  const { folds = 5 } = options;
  const { points, labels, contexts } = data;
  const fold = foldsOf(labels, classes, folds, seed);
  const basis = principalBasis(points, dimension, seed);
  const groups = Int32Array.from(contexts, (z, i) => labels[i]! * most + z);
  const fit = crossFit(contexts, most, fold, folds, (training, rows) => {
    const means = classRows(training, groups, classes * most);
    const seen = project(points, dimension, withMeans(basis, points, dimension, means));
    const fits = classRows(training, labels, classes).map((own) =>
      fitAssigned(seen, own, valuesAt(contexts, own), most),
    );
    return contextScores(seen, rows, labels, fits, most);
  });
  return { ...fit, components: most };
}

/**
 * The loop over the folds.
 *
 * @param truth the right column of each point
 * @param score fits to the first rows and scores the others, [others, columns]
 */
function crossFit(
  truth: ArrayLike<number>,
  columns: number,
  fold: Int32Array,
  folds: number,
  score: (training: Int32Array, rows: Int32Array) => Float32Array,
): { logits: Float32Array; temperatures: number[] } {
  const logits = new Float32Array(truth.length * columns);
  const temperatures = Array.from({ length: folds }, (_, test) => {
    const validation = (test + 1) % folds;
    const judges = rowsWhere(fold, (part) => part === validation);
    const training = rowsWhere(fold, (part) => part !== validation && part !== test);
    const { temperature } = temperatureOf(score(training, judges), valuesAt(truth, judges));
    const rows = rowsWhere(fold, (part) => part === test);
    const scores = score(
      rowsWhere(fold, (part) => part !== test),
      rows,
    );
    rows.forEach((row, i) => {
      for (let c = 0; c < columns; c++) logits[row * columns + c] = scores[i * columns + c]! / temperature;
    });
    return temperature;
  });
  return { logits, temperatures };
}

/**
 * The temperature that suits points which the fit has not seen, at least 1: what is fitted is too sure, seldom too
 * unsure.
 */
function temperatureOf(scores: Float32Array, truth: ArrayLike<number>): { temperature: number; nll: number } {
  const { temperature, nllBefore, nllAfter } = fitTemperature(scores, truth);
  return temperature > 1 ? { temperature, nll: nllAfter } : { temperature: 1, nll: nllBefore };
}

/** ln p(x|y) of each class at some of the points, shifted so that each row's largest is 0: [rows, classes]. */
function classScores(points: Projection, rows: Int32Array, fits: readonly FittedMixture[]): Float32Array {
  const out = new Float32Array(rows.length * fits.length);
  const terms = new Float64Array(Math.max(...fits.map(({ components }) => components)));
  const row = new Float64Array(fits.length);
  rows.forEach((point, i) => {
    fits.forEach((fit, y) => {
      row[y] = componentLogits(points, point, fit, terms);
    });
    writeShifted(row, out, i);
  });
  return out;
}

/** ln w_z p(x|z,y) of each context of the point's own class, shifted: [rows, most]. */
function contextScores(
  points: Projection,
  rows: Int32Array,
  labels: ArrayLike<number>,
  fits: readonly FittedMixture[],
  most: number,
): Float32Array {
  const out = new Float32Array(rows.length * most);
  const row = new Float64Array(most);
  rows.forEach((point, i) => {
    componentLogits(points, point, fits[labels[point]!]!, row);
    writeShifted(row, out, i);
  });
  return out;
}

/** The difference to the largest, in float64, as ln p(x|y) itself is too large for float32. */
function writeShifted(row: Float64Array, out: Float32Array, i: number): void {
  let top = -Infinity;
  for (const value of row) top = Math.max(top, value);
  for (let c = 0; c < row.length; c++) out[i * row.length + c] = row[c]! - top;
}

/** The fold of each point; every fold has its share of every class. */
function foldsOf(labels: ArrayLike<number>, classes: number, folds: number, seed: Seed): Int32Array {
  if (!Number.isInteger(folds) || folds < 3)
    throw new RangeError(`crossFit: expected at least 3 folds (fit, choose, score), found ${folds}.`);
  const seen = new Int32Array(classes);
  const fold = new Int32Array(labels.length);
  for (const i of seed.child("folds").permutation(labels.length)) {
    const y = labels[i]!;
    if (!(Number.isInteger(y) && y >= 0 && y < classes))
      throw new RangeError(`crossFit: expected labels in 0..${classes - 1}, found ${y} at ${i}.`);
    fold[i] = seen[y]! % folds;
    seen[y]!++;
  }
  const few = seen.findIndex((count) => count < 2 * folds);
  if (few >= 0) {
    throw new RangeError(
      `crossFit: expected at least ${2 * folds} points of every class for ${folds} folds, found ${seen[few]} of ` +
        `class ${few}. Draw more points.`,
    );
  }
  return fold;
}

/** The points whose fold is wanted. */
function rowsWhere(fold: Int32Array, wanted: (part: number) => boolean): Int32Array {
  const rows: number[] = [];
  fold.forEach((part, i) => {
    if (wanted(part)) rows.push(i);
  });
  return Int32Array.from(rows);
}

/** About `most` of the rows, evenly spread. */
function thinned(rows: Int32Array, most: number): Int32Array {
  const step = Math.ceil(rows.length / most);
  return rows.filter((_, i) => i % step === 0);
}

function valuesAt(values: ArrayLike<number>, rows: Int32Array): Int32Array {
  return rows.map((row) => values[row]!);
}

/** The rows of each class. */
function classRows(rows: Int32Array, labels: ArrayLike<number>, classes: number): Int32Array[] {
  const lists = Array.from({ length: classes }, (): number[] => []);
  for (const row of rows) lists[labels[row]!]!.push(row);
  return lists.map((list) => Int32Array.from(list));
}

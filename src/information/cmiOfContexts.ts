// What the label that a classifier gives tells about the context: I(Z;Yhat|Y), the part of `cmi` that is information.
//
// Z -> X -> Yhat is a Markov chain, so I(Z;Yhat|Y) <= I(X;Z|Y), the information part of H(X|Y), whatever the classifier.
// (I(X;Yhat|Y) itself, which cmi.ts computes for a set, also counts how Yhat answers to noise in X. It is a lower bound
// on the entropy of a set of clean images, not on the information that survives the noise.)
//
// Barber and Agakov once more, with q(z|yhat,y) proportional to w_z mean P_x over the context: fitted to one half of
// the sample and averaged over the other, both ways, so that it does not lie above by what it learnt by heart.
import type { Estimate } from "./groundTruth";
import { meanOf } from "./meanOf";
import { softmaxInPlace } from "./softmax";

/** A sample as the classifier sees it. */
export interface ClassifiedSample {
  /** Scores of a classifier that has not seen the point, row by row, N x C. */
  readonly logits: Float32Array;
  readonly labels: ArrayLike<number>;
  /** z of each point, from 0 in each class. */
  readonly contexts: ArrayLike<number>;
}

/**
 * @param most contexts of the class that has most of them
 * @returns nats, at most ln min(C, most) in the mean
 * @throws RangeError if the logits do not fit the labels
 */
export function cmiOfContexts({ logits, labels, contexts }: ClassifiedSample, most: number): Estimate {
  const count = labels.length;
  const classes = logits.length / count;
  if (!Number.isInteger(classes) || classes < 1)
    throw new RangeError(
      `cmiOfContexts: expected C logits for each of ${count} labels, found ${logits.length}.`,
    );
  const p = Float64Array.from(logits);
  for (let i = 0; i < count; i++) softmaxInPlace(p.subarray(i * classes, (i + 1) * classes));
  const halves = [0, 1].map((half) => meansByContext(p, labels, contexts, classes, most, half));
  const values = Float64Array.from({ length: count }, (_, i) => {
    const other = halves[1 - (i % 2)]!;
    const own = halves[i % 2]!;
    const y = labels[i]!;
    const group = y * most + contexts[i]!;
    let value = Math.log(other.weights[group]!) - Math.log(own.weights[group]!);
    for (let c = 0; c < classes; c++) {
      const share = p[i * classes + c]!;
      if (share === 0) continue;
      let all = 0;
      for (let z = 0; z < most; z++)
        all += other.weights[y * most + z]! * other.means[(y * most + z) * classes + c]!;
      value += share * Math.log(other.means[group * classes + c]! / all);
    }
    return value;
  });
  return meanOf(values);
}

/** Mean P_x of each context and its share of its class, over every other point. */
function meansByContext(
  p: Float64Array,
  labels: ArrayLike<number>,
  contexts: ArrayLike<number>,
  classes: number,
  most: number,
  half: number,
): { means: Float64Array; weights: Float64Array } {
  const groups = classes * most;
  const counts = new Float64Array(groups);
  // A thousandth of a point of every label keeps the logarithms finite.
  const means = new Float64Array(groups * classes).fill(1e-3);
  for (let i = half; i < labels.length; i += 2) {
    const group = labels[i]! * most + contexts[i]!;
    counts[group]!++;
    for (let c = 0; c < classes; c++) means[group * classes + c]! += p[i * classes + c]!;
  }
  for (let group = 0; group < groups; group++) {
    for (let c = 0; c < classes; c++) means[group * classes + c]! /= counts[group]! + classes * 1e-3;
  }
  const weights = counts.map((n, group) => {
    const first = group - (group % most);
    const all = counts.subarray(first, first + most).reduce((sum, value) => sum + value, 0);
    return (n + 1e-3) / (all + most * 1e-3);
  });
  return { means, weights };
}

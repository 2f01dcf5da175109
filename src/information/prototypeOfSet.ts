// The prototype information that the images of a set hold about their own labels, by a classifier of real images.
//
//     I(X;Y) >= H(Y) + E log q'(y|x),      q'(y|x) ~ q(y|x) p(y) C,      p(y) = N_y / N
//
// X, Y are an image of the set drawn at random and its label. A set need not have as many images of one class as of another,
// and then H(Y) is below ln C: `prototypeInformationOf`, which takes Y as uniform, would call easy images of a large class
// more information than there are labels to tell. q, which takes all classes as equally likely, is told the shares of the
// set instead (Bayes' rule with the prior p); any q' gives a lower bound, this one a tight one if q is calibrated. With
// equally many images of each class q' = q and H(Y) = ln C.
//
// Sources: barberAgakov.ts. M. Saerens et al.: Adjusting the Outputs of a Classifier to New a Priori Probabilities. Neural
// Computation 14(1), 2002 (the new prior).
import { columnsOf, prototypeInformationOf } from "./barberAgakov";

/** The bound of a set, nats. */
export interface SetPrototypeEstimate {
  /** Bound on I(X;Y) of the set, at most `ceiling`. */
  readonly bound: number;
  /** Of the mean over the images; 0 where all labels are equal, as nothing is left to tell. */
  readonly standardError: number;
  /** H(Y) of the labels of the set. */
  readonly ceiling: number;
}

/**
 * @param logits scores of a classifier for which all C classes are equally likely, row by row, N x C
 * @param labels the class of each image of the set, N; classes without images are told apart from nothing
 * @param temperature q = softmax(logits / temperature), > 0
 * @throws RangeError if the logits are not a whole number of classes for each label, or a label is none of them
 * @example
 * prototypeInformationOfSet(Float32Array.of(2, 0, 2, 0, 2, 0, 0, 2), [0, 0, 0, 1]).ceiling; // 0.56, not ln 2 = 0.69
 */
export function prototypeInformationOfSet(
  logits: Float32Array,
  labels: ArrayLike<number>,
  temperature = 1,
): SetPrototypeEstimate {
  const count = labels.length;
  const classes = columnsOf(logits, labels, "prototypeInformationOfSet");
  const images = new Int32Array(classes);
  for (let i = 0; i < count; i++) images[labels[i]!]!++;
  const present = Array.from(images.keys()).filter((y) => images[y]! > 0);
  // ln(p(y) C) for the C classes that are there: exactly 0 where all have equally many images.
  const tilt = present.map((y) => Math.log((images[y]! * present.length) / count));
  const tilted = new Float32Array(count * present.length);
  const places = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    present.forEach((y, place) => {
      tilted[i * present.length + place] = logits[i * classes + y]! + temperature * tilt[place]!;
    });
    places[i] = present.indexOf(labels[i]!);
  }
  const { bound, standardError } = prototypeInformationOf(tilted, places, temperature);
  // H(Y) = ln C - KL(p || uniform).
  const missing = present.reduce((sum, y, place) => sum + (images[y]! / count) * tilt[place]!, 0);
  return {
    bound: bound - missing,
    standardError: present.length > 1 ? standardError : 0,
    ceiling: Math.log(present.length) - missing,
  };
}

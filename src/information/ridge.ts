// What a set of images teaches about the labels of real ones: Barber and Agakov's bound on I(X;Y) for the classifier
// that kernel ridge regression makes of the set and of nothing else.
//
//     I(X;Y) >= ln C + E log q_S(y|x),      q_S(y|x) = softmax_y( tau g(x) ),
//     g(x) = k(x, S) (k(S, S) + lambda 1)^-1 (Y_S - 1/C),      k(x, x') = exp(-|f(x) - f(x')|^2 / (2 s^2))
//
// S are the images of the set, Y_S their labels as one-hot rows, f the features of a network. The expectation is over
// *real* images. Where barberAgakov.ts asks what a classifier that knows the data says of the images of a set, this asks
// what the set teaches a classifier: the question that a distilled set is scored by. In g the images of a set weigh on each
// other, as they do on a network that learns from them, where a kernel classifier (setInformation.ts) adds them up one by
// one.
//
// It is a lower bound for every set, f, s, lambda and tau, as it is for any q, as long as none of them was chosen by the
// labels of the R real images it is averaged over. (s, the mean distance between them, knows no labels.) tau is the best of
// eleven on these very images, which lifts the mean by at most ln(11) / R. In guidance the set itself is moved to raise the
// bound on them: what is recorded there is a score on training data, above the bound by nobody knows how much.
//
// Kernel ridge regression for distillation: T. Nguyen, Z. Chen, J. Lee: Dataset Meta-Learning from Kernel Ridge-Regression
// (ICLR 2021); in features of networks: Y. Zhou, E. Nezhadarya, J. Ba: Dataset Distillation using Neural Feature
// Regression (NeurIPS 2022); of untrained ones, with a softmax behind: N. Loo et al.: Efficient Dataset Distillation Using
// Random Feature Approximation (NeurIPS 2022).
import { solveSymmetric } from "../tensor/conjugateGradient";
import { type Tensor, type Tensor2D, tf } from "../tensor/engine";
import { rowDistances, setInformation } from "./setInformation";

/** lambda, the ridge; the kernel is 1 at distance 0. */
const RIDGE = 0.1;
/** tau that are tried: scores lie between about -1/C and 1, logits of a sure classifier some units apart. */
const SHARPNESS = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/**
 * g(x) of real images, in several feature spaces at once.
 *
 * @param views of each space: features of the real images [R, F] and of the set [M, F], and s^2
 * @param targets labels of the set as one-hot rows minus 1/C, [M, C]
 * @returns [B, R, C] for B spaces
 */
export function ridgeScores(
  views: readonly { readonly real: Tensor2D; readonly set: Tensor2D; readonly s2: Tensor | number }[],
  targets: Tensor,
): Tensor {
  const size = targets.shape[0] as number;
  const kernels = (rows: (view: (typeof views)[number]) => Tensor2D): Tensor =>
    tf.stack(views.map((view) => tf.exp(tf.div(rowDistances(rows(view), view.set), tf.mul(-2, view.s2)))));
  const within = tf.add(
    kernels(({ set }) => set),
    tf.mul(RIDGE, tf.eye(size)),
  );
  const right = tf.tile(tf.expandDims(targets, 0), [views.length, 1, 1]);
  return tf.matMul(
    kernels(({ real }) => real),
    solveSymmetric(within, right),
  );
}

/**
 * The bound from the scores of real images, at the best tau of each feature space. That choice may lift it above
 * I(X;Y), in the mean by at most ln(11) / R nats; that the set was made with these real images may by more.
 *
 * @param scores [B, R, C]
 * @param labels class of each real image, int32 [R]
 * @returns nats, [B], at most ln C
 */
export function ridgeInformation(scores: Tensor, labels: Tensor): Tensor {
  const [spaces, rows] = scores.shape as [number, number, number];
  const tempered = tf.mul(tf.expandDims(scores, 0), tf.tensor4d(SHARPNESS, [SHARPNESS.length, 1, 1, 1]));
  const repeated = tf.tile(tf.reshape(labels, [1, 1, rows]), [SHARPNESS.length, spaces, 1]);
  return tf.max(tf.mean(setInformation(tempered, repeated), 2), 0);
}

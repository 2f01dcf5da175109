// Other variational estimators of I(X;Y), to compare with Barber-Agakov, not to guide with: NWJ and DV have a
// variance that grows with e^I, SMILE is not a bound.
//
// All work on a matrix of critic scores f[i, j] = f(x_i, candidate j) and the column that belongs to each row.
// E_p is the mean over the N pairs (i, positives[i]). E_pxpy, the mean under independence, depends on the columns:
//   "labels"  the columns are all C values of Y, which is uniform: the mean over all N x C scores.
//   "batch"   the columns are the partners drawn with the images: a row's own partner is left out.
//
// B. Poole et al., arXiv 1905.06922 (InfoNCE, NWJ, DV). J. Song, S. Ermon, arXiv 1910.06222 (SMILE).
import { type Scalar, type Tensor, type Tensor1D, type Tensor2D, tf } from "../tensor/engine";
import { indicator, logSoftmax } from "./barberAgakov";

/** What the columns of a score matrix stand for: all values of Y, or the partners drawn with the images. */
export type Candidates = "labels" | "batch";

/**
 * InfoNCE: E_p log softmax_j f[i, j] + ln M. At most ln M for M candidates. With all labels as candidates it
 * equals the Barber-Agakov bound with q = softmax f.
 *
 * @param scores [N, M]
 * @param positives the column of each row's own partner, int32 [N]
 * @returns a scalar, nats
 */
export function infoNce(scores: Tensor2D, positives: Tensor1D): Scalar {
  return tf.tidy(() => {
    const candidates = scores.shape[1];
    return tf.add(jointMean(logSoftmax(scores), positives), Math.log(candidates)) as Scalar;
  });
}

/**
 * Nguyen-Wainwright-Jordan: E_p f - e^-1 E_pxpy e^f. An unbiased lower bound; tight at f = 1 + log p(y|x)/p(y).
 *
 * @param scores [N, M]
 * @param positives int32 [N]
 * @returns a scalar, nats
 */
export function nwj(scores: Tensor2D, positives: Tensor1D, candidates: Candidates = "labels"): Scalar {
  return tf.tidy(() => {
    const partition = tf.exp(tf.sub(logMarginalMean(scores, positives, candidates), 1));
    return tf.sub(jointMean(scores, positives), partition) as Scalar;
  });
}

/**
 * Donsker-Varadhan (the bound of MINE): E_p f - ln E_pxpy e^f. Tight at f = log p(y|x)/p(y) + const; estimated
 * from a batch it is biased upwards, because the logarithm of a mean is.
 *
 * @param scores [N, M]
 * @param positives int32 [N]
 * @returns a scalar, nats
 */
export function donskerVaradhan(
  scores: Tensor2D,
  positives: Tensor1D,
  candidates: Candidates = "labels",
): Scalar {
  return tf.tidy(
    () => tf.sub(jointMean(scores, positives), logMarginalMean(scores, positives, candidates)) as Scalar,
  );
}

/**
 * SMILE: Donsker-Varadhan with e^f clipped to [e^-tau, e^tau] under independence. The clip bounds its variance and
 * costs the guarantee: the value can lie above I. It tends to `donskerVaradhan` as tau grows.
 *
 * @param scores [N, M]
 * @param positives int32 [N]
 * @param tau clip, nats; the authors use 1 to 20
 * @returns a scalar, nats
 */
export function smile(
  scores: Tensor2D,
  positives: Tensor1D,
  tau = 5,
  candidates: Candidates = "labels",
): Scalar {
  return tf.tidy(() => {
    const clipped = tf.clipByValue(scores, -tau, tau);
    return tf.sub(jointMean(scores, positives), logMarginalMean(clipped, positives, candidates)) as Scalar;
  });
}

/** E_p f. */
function jointMean(scores: Tensor, positives: Tensor1D): Tensor {
  const own = indicator(positives, scores.shape[1]!);
  return tf.mean(tf.sum(tf.mul(scores, own), 1));
}

/** ln E_pxpy e^f. */
function logMarginalMean(scores: Tensor, positives: Tensor1D, candidates: Candidates): Tensor {
  const [rows, columns] = scores.shape as [number, number];
  if (candidates === "labels") return tf.sub(tf.logSumExp(scores), Math.log(rows * columns));
  if (columns < 2) {
    throw new RangeError(
      'critics: expected at least two candidates with candidates = "batch", found one: ' +
        "a row's own partner is left out, so nothing remains. Pass a larger batch.",
    );
  }
  // e^-1e30 is zero in float32, and so is its gradient; -Infinity would make NaN of 0 * Infinity.
  const others = tf.sub(scores, tf.mul(indicator(positives, columns), 1e30));
  return tf.sub(tf.logSumExp(others), Math.log(rows * (columns - 1)));
}

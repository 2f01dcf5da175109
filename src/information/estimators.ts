// What stands in a comparison with the truth: of each estimator, what it is about, what it claims, and whether it guides.
//
// The names are those of the stored results (notebooks/figures/results/bounds-are-tight.jsonl), so they stay; `says` tells
// what hides behind them.

import type { BoundReport, Quantity, Side } from "./boundReport";

/** What is said of an estimator, whatever it gave. */
export type Estimator = Pick<BoundReport, "quantity" | "side" | "guides" | "asItGuides" | "says">;

function compared(quantity: Quantity, side: Side, says: string): Estimator {
  return { quantity, side, guides: false, asItGuides: false, says };
}

/** By name. */
export const estimators = {
  "barber-agakov": {
    quantity: "I(X;Y)",
    side: "lower",
    guides: true,
    asItGuides: false,
    says:
      "Barber-Agakov, cross-fitted: q(y|x) of Gaussian mixtures that have not seen the point. Guidance has the same bound " +
      "by a trained network, calibrated on held-out images.",
  },
  context: {
    quantity: "I(X;Z|Y)",
    side: "lower",
    guides: true,
    asItGuides: false,
    says:
      "Context bound, true clusters: q(z|x,y) cross-fitted to points whose Gaussian is known. Guidance is not told it and " +
      "takes clusters by k-means.",
  },
  cmi: compared("I(X;Z|Y)", "lower", "I(Z;Yhat|Y): what the class that q names tells of the true cluster."),
  mixture: {
    quantity: "set",
    side: "lower",
    guides: true,
    asItGuides: true,
    says:
      "Kolchinsky and Tracey's pairwise bound, as it guides. s^2 is the median rule on the set itself, which is random; " +
      "guidance takes it from real images.",
  },
  "context of the set": compared(
    "set",
    "lower",
    "The set's own finite mixture with its true q, by Monte Carlo: the truth itself in the mean, from other draws and another " +
      "formula. It checks the numbers; there is no tightness to show.",
  ),
  "context, as it guides": {
    quantity: "H(X|Y)",
    side: "lower",
    guides: true,
    asItGuides: true,
    says:
      "Context bound as guidance fits it: k-means of clean points, k = ipc, temperature from held-out ones, scored on noised " +
      "new ones; plus the entropy of the noise. Clusters have their own shares, not 1/k as in a set with one image of each.",
  },
  "mixture (upper bound)": compared(
    "set",
    "upper",
    "The upper partner of the mixture bound, recorded beside it.",
  ),
  "vendi (upper bound)": compared("set", "upper", "ln Vendi score of the kernel that the mixture bound has."),
  infonce: compared("I(X;Y)", "lower", "On batches of 128 pairs, by the q of barber-agakov."),
  nwj: compared("I(X;Y)", "lower", "On batches of 128 pairs, by the q of barber-agakov."),
  // A batch estimates Donsker-Varadhan's logarithm of a mean from too few terms: above, in the mean.
  dv: compared("I(X;Y)", "none", "On batches of 128 pairs, by the q of barber-agakov: biased upwards."),
  smile: compared("I(X;Y)", "none", "On batches of 128 pairs, by the q of barber-agakov: clipped."),
  "kozachenko-leonenko": compared("H(X|Y)", "none", "Distances to the third neighbour of the class."),
  "denoiser (upper bound)": compared("H(X|Y)", "upper", "Errors of a denoiser that is told the class."),
  "denoiser (difference)": compared(
    "I(X;Y)",
    "none",
    "Errors of a denoiser that is not told the class, less those of one that is.",
  ),
} as const satisfies Readonly<Record<string, Estimator>>;

/** The name of an estimator. */
export type EstimatorName = keyof typeof estimators;

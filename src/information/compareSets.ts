// The bounds on the information part of small blurred sets beside the truth: what the mixture term is about.
import type { Seed } from "../tensor/random";
import { medianBandwidthOf } from "./bandwidth";
import { report } from "./besideTruth";
import type { BoundReport } from "./boundReport";
import { type Estimate, GaussianMixture } from "./groundTruth";
import { meanOf } from "./meanOf";
import { mixtureInformationOf } from "./mixture";
import { contextOfSet } from "./setContext";
import { vendi } from "./vendi";

/** Sets looked at, each of another class; the truth of large ones is costly. */
const MOST_SETS = 3;

/**
 * Draws one set of `ipc` points from each of some classes and bounds its information part.
 *
 * @param blur s^2 as a multiple of the median rule
 * @returns means over the sets
 */
export function compareSets(
  mixture: GaussianMixture,
  ipc: number,
  blur: number,
  guidingOnly: boolean,
  seed: Seed,
): { truth: Estimate; bounds: BoundReport[] } {
  const { dimension, classes } = mixture;
  const sets = classes.slice(0, MOST_SETS).map((components, y) => {
    const { points } = new GaussianMixture([components]).sample(ipc, seed.child("points", y));
    const s2 = blur * medianBandwidthOf(points, dimension);
    const truth = GaussianMixture.aroundPoints(points, dimension, s2).contextInformation(
      seed.child("truth", y),
    );
    return { points, s2, truth };
  });
  // Errors of the sets' own values, not the spread between sets: each bound is about the very set it was given.
  const pooled = (estimates: readonly Estimate[]): Estimate => ({
    value: meanOf(estimates.map(({ value }) => value)).value,
    standardError:
      Math.sqrt(estimates.reduce((sum, { standardError }) => sum + standardError ** 2, 0)) / estimates.length,
    samples: estimates.reduce((sum, { samples }) => sum + samples, 0),
  });
  const truth = pooled(sets.map((set) => set.truth));
  const exactly = (measure: (set: (typeof sets)[number]) => number) => () =>
    pooled(sets.map((set) => ({ value: measure(set), standardError: 0, samples: 0 })));
  const bounds = [
    report(
      "mixture",
      truth,
      exactly(({ points, s2 }) => mixtureInformationOf(points, dimension, s2).low),
    ),
    report("context of the set", truth, () =>
      pooled(
        sets.map(({ points, s2 }, y) =>
          contextOfSet(points, dimension, s2, seed.child("context", y), Math.max(4, Math.ceil(2000 / ipc))),
        ),
      ),
    ),
  ];
  if (guidingOnly) return { truth, bounds };
  return {
    truth,
    bounds: [
      ...bounds,
      report(
        "mixture (upper bound)",
        truth,
        exactly(({ points, s2 }) => mixtureInformationOf(points, dimension, s2).high),
      ),
      report(
        "vendi (upper bound)",
        truth,
        exactly(({ points, s2 }) => vendi(points, dimension, s2).information),
      ),
    ],
  };
}

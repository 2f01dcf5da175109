// beta(IPC): how much contextual information counts beside prototype information.
//
// "rule"  A formula: beta grows with what there is to gain, see `betaOfIpc`.
// "auto"  Found on data, by one rule:
//
//     beta*(IPC) is the smallest beta >= 0 at which the set's contextual information reaches the mean over real
//     random subsets of the same size.
//
//         Contextual information is the mixture lower bound of mixture.ts, with the same bandwidth for both, in nats.
//         A set of IPC images then is as varied as real ones are, and no more weight is taken from its prototype
//         information than that costs. It is found by doubling and halving (`smallestBeta`) on a small pilot
//         (betaPilot.ts): few classes, coarse steps, the same noise for every beta.
import defaults from "lodash/defaults";

/**
 * beta as a function of the images per class: beta(IPC) = beta1 ln(IPC) / ln(10), so beta1 is its value at
 * IPC 10.
 *
 * The contextual terms can reach ln IPC nats, the prototype term ln C whatever the IPC: the weight grows
 * with what there is to gain, and is zero at IPC 1, where a set has no variety to keep.
 *
 * @param ipc images per class, whole, >= 1
 * @param beta1 beta at IPC 10, 2 unless told
 * @returns weight of the contextual term relative to that of the prototype term
 * @throws RangeError unless IPC is a whole number >= 1
 * @example
 * igds.betaOfIpc(1); // 0: a single image has no variety
 * igds.betaOfIpc(10); // 2
 */
export function betaOfIpc(ipc: number, beta1: number = betaDefaults.beta1): number {
  expectIpc(ipc);
  return (beta1 * Math.log(ipc)) / Math.log(10);
}

/** @throws RangeError unless IPC is a whole number >= 1 */
export function expectIpc(ipc: number): void {
  if (!Number.isInteger(ipc) || ipc < 1)
    throw new RangeError(`IPC (images per class) is a whole number of at least 1; found ${ipc}.`);
}

/** Chosen on held-out training images (docs/results.md, "How the settings were chosen"). */
const betaDefaults = { beta1: 2 } as const;

/** The contextual information of the pilot at one beta, nats. */
export interface BetaPoint {
  /** Weight of the contextual term relative to the prototype term, >= 0. */
  readonly beta: number;
  /** Mean over the classes of the pilot, nats. */
  readonly information: number;
}

/** What a search for beta found. */
export interface BetaSearch {
  /** The smallest beta tried at which the target is reached. */
  readonly beta: number;
  /** Whether the target was reached; if not, `beta` is the one with the most information. */
  readonly reached: boolean;
  /** Every beta that was tried, ascending. */
  readonly curve: readonly BetaPoint[];
}

/** Where a search for beta looks. */
export interface BetaSearchOptions {
  /** First beta tried after 0, then its doubles. Default 0.5. */
  readonly first?: number;
  /** Largest beta tried, after the doubles below it. Default 32. */
  readonly largest?: number;
  /** How often the interval that holds the answer is halved, whole, >= 0. Default 3. */
  readonly halvings?: number;
}

export const betaSearchDefaults: Required<BetaSearchOptions> = { first: 0.5, largest: 32, halvings: 3 };

/**
 * The smallest beta at which `information` reaches the target, to within the last interval; the end of it at which
 * the target was reached. At most 2 + ceil(log2(largest / first)) + halvings evaluations. Where information does not grow
 * with beta all the way, it is the first crossing that doubling meets.
 *
 * @param information at a beta, nats; the same beta must give the same value
 */
export async function smallestBeta(
  information: (beta: number) => Promise<number>,
  target: number,
  options: BetaSearchOptions = {},
): Promise<BetaSearch> {
  const { first, largest, halvings } = defaults({}, options, betaSearchDefaults);
  if (!(first > 0 && largest >= first && [largest, target].every(Number.isFinite)))
    throw new RangeError(
      `smallestBeta: expected 0 < first <= largest, both finite, and a finite target, found ${first}, ${largest} and ${target}.`,
    );
  if (!(Number.isInteger(halvings) && halvings >= 0))
    throw new RangeError(`smallestBeta: expected a whole number of halvings >= 0, found ${halvings}.`);
  const points: BetaPoint[] = [];
  const reaches = async (beta: number): Promise<boolean> => {
    points.push({ beta, information: await information(beta) });
    return points[points.length - 1].information >= target;
  };
  const ended = (beta: number, reached: boolean): BetaSearch => ({
    beta,
    reached,
    curve: [...points].sort((a, b) => a.beta - b.beta),
  });
  if (await reaches(0)) return ended(0, true);
  let below = 0;
  let above = first;
  while (!(await reaches(above))) {
    if (above === largest) {
      const best = points.reduce((a, b) => (b.information > a.information ? b : a));
      return ended(best.beta, false);
    }
    below = above;
    above = Math.min(2 * above, largest);
  }
  for (let i = 0; i < halvings; i++) {
    const middle = (below + above) / 2;
    if (await reaches(middle)) above = middle;
    else below = middle;
  }
  return ended(above, true);
}

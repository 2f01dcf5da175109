// The randomised cases that the bounds are tested on, from one fixed seed.
import { report } from "../../src/information/besideTruth";
import type { BoundReport } from "../../src/information/boundReport";
import { type Comparison, compareBounds } from "../../src/information/compareBounds";
import { contextAsItGuides } from "../../src/information/contextAsItGuides";
import { drawMixture } from "../../src/information/randomMixture";
import { Seed } from "../../src/tensor/random";

/** The lower bounds that are set beside the truth. */
export const lowerBounds = [
  "barber-agakov",
  "context",
  "cmi",
  "mixture",
  "context of the set",
  "context, as it guides",
] as const;

/** One case. */
export interface InformationCase {
  readonly index: number;
  readonly dimension: number;
  readonly classes: number;
  readonly contexts: number;
  readonly separation: number;
  /** Largest weight of a context over the smallest. */
  readonly imbalance: number;
  readonly samples: number;
  readonly ipc: number;
  /** s^2 of the sets over the median rule. */
  readonly blur: number;
}

const seed = new Seed("information cases");

/** log-uniform from low to high. */
function between(u: number, low: number, high: number): number {
  return low * (high / low) ** u;
}

/**
 * Dimension 2..256, 2..10 classes of 1..4 contexts, separation 0.5..8, imbalance 1..8, ipc 1..200, blur 1/8..8.
 *
 * @param samples from fewest to most, log-uniform
 */
export function informationCase(
  index: number,
  samples: readonly [least: number, most: number],
): InformationCase {
  const [a, b, c, d, e, f, g, h] = seed.child(index).uniform(8) as unknown as number[];
  return {
    index,
    dimension: Math.round(between(a!, 2, 256)),
    classes: 2 + Math.floor(9 * b!),
    contexts: 1 + Math.floor(4 * c!),
    separation: between(d!, 0.5, 8),
    imbalance: between(e!, 1, 8),
    samples: Math.round(between(f!, ...samples)),
    ipc: Math.round(between(g!, 1, 200)),
    blur: between(h!, 1 / 8, 8),
  };
}

/** Draws the case's mixture, always the same, and its `repeat`-th sample. */
export function compareCase(settings: InformationCase, repeat = 0, guidingOnly = false): Comparison {
  const own = seed.child(settings.index);
  const { samples, ipc, blur } = settings;
  return compareBounds(
    drawMixture(settings, own.child("mixture")),
    { samples, ipc, blur, guidingOnly },
    own.child("repeat", repeat),
  );
}

/**
 * The context bound as it guides alone, which `guidingOnly` leaves out; the same as in the whole comparison.
 * @param truth of the comparison
 */
export function contextCase(
  settings: InformationCase,
  { truth }: Pick<Comparison, "truth">,
  repeat = 0,
): BoundReport {
  const own = seed.child(settings.index);
  const mixture = drawMixture(settings, own.child("mixture"));
  const fits = own.child("repeat", repeat);
  return report("context, as it guides", truth["H(X|Y)"], () =>
    contextAsItGuides(mixture, settings.samples, settings.ipc, fits.child("context, as it guides")),
  );
}

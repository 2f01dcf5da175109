// The settings that the search tries for each method: the same number for all, the library's defaults first. What is not
// named keeps its default. To try others, change the lists: trials that are already computed are not computed again.
import type { Variant } from "./cell";
import type { Searched } from "./searched";

export type Candidate = Omit<Variant["options"], "method">;

/** Number of trials of each method. */
export const budget = 6;

/** Where classifier-free guidance is all there is to choose. */
const scales: readonly Candidate[] = [
  {},
  { guidanceScale: 1 },
  { guidanceScale: 2 },
  { guidanceScale: 3 },
  { guidanceScale: 4 },
  { guidanceScale: 6 },
];

export const candidates: Readonly<Record<Searched, readonly Candidate[]>> = {
  diffusion: scales,
  // Its fine-tuning has the weights of its paper.
  minimax: scales,
  // Its default weights and rules were themselves found on held-out images (docs/results.md, "The terms of IGDS").
  igds: [
    {},
    { guidanceScale: 1 },
    { guidanceScale: 3 },
    { weight: 25 },
    { weight: 100 },
    { contextual: "context" },
  ],
  "two-terms": [
    {},
    { guidanceScale: 3 },
    { guidanceScale: 6 },
    { weight: 25 },
    { weight: 100 },
    { guidanceScale: 3, weight: 100 },
  ],
  mgd3: [
    {},
    { guidanceScale: 3 },
    { mode: { weight: 1 } },
    { mode: { weight: 20 } },
    { mode: { window: [0, 999] } },
    { guidanceScale: 3, mode: { window: [259, 999] } },
  ],
  particle: [
    {},
    { guidanceScale: 3 },
    { particle: { weight: 200 } },
    { guidanceScale: 3, particle: { weight: 200 } },
    // The first trials were still rising at 200.
    { guidanceScale: 3, particle: { weight: 1000 } },
    { particle: { window: [0, 999] } },
  ],
  // Below a scale of 1, the noise hardly changes what the shipped U-Net draws.
  cads: [
    {},
    { guidanceScale: 6 },
    { guidanceScale: 6, cads: { scale: 1 } },
    { guidanceScale: 6, cads: { scale: 2 } },
    { guidanceScale: 6, cads: { scale: 2, anneal: [0.1, 0.9] } },
    { guidanceScale: 3, cads: { scale: 2, anneal: [0.1, 0.9] } },
  ],
  igd: [
    {},
    { guidanceScale: 3 },
    { influence: { weight: 300 }, deviation: { weight: 300 } },
    { influence: { weight: 3000 }, deviation: { weight: 1000 } },
    { influence: { weight: 1000 }, deviation: { weight: 3000 } },
    { guidanceScale: 3, influence: { weight: 3000 }, deviation: { weight: 3000 } },
  ],
  cao2: [
    {},
    { guidanceScale: 3 },
    { pool: { factor: 4 } },
    { guidanceScale: 3, pool: { factor: 4 } },
    { pool: { keep: "confident" } },
    { pool: { keep: "uncertain" } },
  ],
  d4m: [
    {},
    { guidanceScale: 3 },
    { start: { strength: 0.5 } },
    { start: { strength: 0.9 } },
    { guidanceScale: 3, start: { strength: 0.5 } },
    { guidanceScale: 3, start: { strength: 0.9 } },
  ],
};

// How long and in which batches published evaluations train, by the size of the set.

/** What follows from a set. */
export interface Plan {
  readonly epochs: number;
  readonly batch: number;
  readonly rate?: number;
  readonly weightDecay?: number;
}

/**
 * The evaluator that Minimax, IGD and MGD3 share (Kim et al. 2022; vimar-gu/MinimaxDiffusion, argument.py): the more
 * images per class, the fewer epochs; two thirds of them, in whole hundreds, for exactly 100 classes; another rate and
 * larger batches for more.
 */
export function minimaxPlan(ipc: number, classes: number): Plan {
  const steps: readonly (readonly [upTo: number, epochs: number])[] = [
    [1, 3000],
    [10, 2000],
    [50, 1500],
    [200, 1000],
    [500, 500],
  ];
  const full = steps.find(([upTo]) => ipc <= upTo)?.[1] ?? 300;
  const epochs = classes === 100 ? Math.floor((full * 2) / 3 / 100) * 100 : full;
  return { epochs, batch: 64, ...(classes > 100 ? { batch: 128, rate: 0.1, weightDecay: 1e-4 } : {}) };
}

/**
 * RDED's (Sun et al. 2024; LINs-lab/RDED, argument.py), which knows the batches of 1, 10 and 50 images per class: 10, 50
 * and 100. Sets between take the batch of the next larger of these sizes, those above 50 that of 50. It doubles batches at
 * exactly 100 and exactly 1,000 classes; here all sets of 100 classes and more have them.
 */
export function rdedPlan(ipc: number, classes: number): Plan {
  const batch = ipc <= 1 ? 10 : ipc <= 10 ? 50 : 100;
  return { epochs: 300, batch: classes >= 100 ? 2 * batch : batch };
}

/** RDED's for Tiny ImageNet: batches of 100 whatever the set. */
export function tinyPlan(): Plan {
  return { epochs: 300, batch: 100 };
}

/** The rules by name. */
export const plans = { minimax: minimaxPlan, rded: rdedPlan, tiny: tinyPlan } as const;

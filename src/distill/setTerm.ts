// What of the set term follows the images per class: how much it counts, and how many real images it
// asks. Both were chosen on held-out training images (docs/results.md, "The terms of IGDS").

/** The weight at IPC 1. */
const WEIGHT_AT_ONE = 1000;
/**
 * Real images of each class that the term asks, a hundred at each step. Of as few as two for each of its own the set would
 * learn the very images instead of what they have in common.
 */
export const SET_IMAGES = 500;

/** Images that stand for a class which is told apart but not sampled: as many as a class of the set has, up to a number. */
export const MOST_STAND_INS = 200;

/**
 * The weight of the set term as a function of the images per class: 1000 / sqrt(IPC).
 *
 * A single image must stand for its whole class, so at IPC 1 the set term counts most; the more images there
 * are, the less each of them has to stand for, and the more the contextual term counts.
 */
export function setWeightOfIpc(ipc: number): number {
  return WEIGHT_AT_ONE / Math.sqrt(ipc);
}

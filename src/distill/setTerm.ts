// What of the prototype term of the set follows the images per class: how much it counts, and how many real images it
// asks. Both were chosen on held-out training images (docs/results.md, "The terms of IGDS").

/** The weight at IPC 1. */
const WEIGHT_AT_ONE = 1000;
/** Real images of each class that the term asks at least. */
export const FEWEST_SET_IMAGES = 100;
/** More cost more than they tell. */
const MOST_SET_IMAGES = 500;

/**
 * The weight of the prototype term of the set as a function of the images per class: 1000 / sqrt(IPC).
 *
 * A single image must stand for its whole class, so at IPC 1 the set-level term counts most; the more images there
 * are, the less each of them has to stand for, and the more the contextual term counts.
 */
export function setWeightOfIpc(ipc: number): number {
  return WEIGHT_AT_ONE / Math.sqrt(ipc);
}

/**
 * Real images of each class that the prototype term of the set asks: ten for each of its own, 100 to 500. Of as few as
 * two for each, as a hundred are at IPC 50, it would learn the very images instead of what they have in common.
 */
export function setImagesOfIpc(ipc: number): number {
  return Math.min(MOST_SET_IMAGES, Math.max(FEWEST_SET_IMAGES, 10 * ipc));
}

// setWeight(IPC): how much the prototype information of the set counts.

/** At IPC 1; chosen on held-out training images (README, "The terms of IGDS"). */
const AT_ONE = 1000;

/**
 * The weight of the prototype term of the set as a function of the images per class: 1000 / sqrt(IPC).
 *
 * A single image must stand for its whole class, so at IPC 1 the set-level term counts most; the more images there
 * are, the less each of them has to stand for, and the more the contextual term counts.
 */
export function setWeightOfIpc(ipc: number): number {
  return AT_ONE / Math.sqrt(ipc);
}

// The plainest baseline: real images of each class, drawn at random.

import { indicesByClass, type Split } from "../datasets/dataset";
import type { Seed } from "../tensor/random";
import { expectIpc } from "./beta";

/** Real images by class: `selection[label]` lists places in the split. */
export type Selection = readonly Int32Array[];

/**
 * Draws `ipc` images per class without repetition. For one seed the sets are nested: that of IPC 10 begins with
 * that of IPC 1, so that differences between IPCs are not those between draws.
 *
 * @param classes class names in label order
 * @param among places in the split to choose from; default: all
 * @throws RangeError if a class has fewer than `ipc` images
 */
export function selectRandom(
  split: Split,
  classes: readonly string[],
  ipc: number,
  seed: Seed,
  among?: ArrayLike<number>,
): Selection {
  return membersByClass(split, classes, ipc, among).map((members, label) =>
    seed
      .child("select random", label)
      .permutation(members.length)
      .subarray(0, ipc)
      .map((place) => members[place]!),
  );
}

/**
 * The places of each class that may be chosen.
 * @throws RangeError if IPC is not a whole number >= 1, or a class has fewer images
 */
export function membersByClass(
  split: Split,
  classes: readonly string[],
  ipc: number,
  among?: ArrayLike<number>,
): readonly Int32Array[] {
  expectIpc(ipc);
  const allowed = among ? Int32Array.from(among) : Int32Array.from({ length: split.count }, (_, i) => i);
  const labels = allowed.map((i) => split.labels[i]!);
  const members = indicesByClass(labels, classes.length).map((places) =>
    places.map((place) => allowed[place]!),
  );
  const short = members.findIndex((list) => list.length < ipc);
  if (short >= 0) {
    throw new RangeError(
      `Class "${classes[short]}" has ${members[short]!.length} images to choose from, fewer than IPC ${ipc}: use a smaller IPC`,
    );
  }
  return members;
}

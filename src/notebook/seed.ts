// The seed of a notebook.
import { randomInt } from "node:crypto";
import { Seed } from "../tensor/random";

/**
 * The seed from which a notebook draws all that is random. Without a root one is made up and printed, so that what
 * was drawn can be drawn again.
 * @example
 * const noise = igds.seed(0).child("noise").normal(4); // the same four numbers at every call
 */
export function seed(root?: number | string): Seed {
  if (root !== undefined) return new Seed(root);
  const made = randomInt(1_000_000);
  console.log(`seed(${made}) draws the same again`);
  return new Seed(made);
}

// How many images a training step takes where nobody said.
import type { Dataset } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";

/**
 * The usual number, or all images that are trained on where there are fewer.
 * @param usual the default of the training
 * @param say is told of a smaller number
 * @example const batch = batchSizeFor(dataset, 128, (line) => console.error(line));
 */
export function batchSizeFor(dataset: Dataset, usual: number, say: (line: string) => void): number {
  const count = developmentSplit(dataset).fit.length;
  if (count >= usual) return usual;
  say(`${count} images to train on: all of them in each step, as --batch ${count} (usually ${usual}).`);
  return count;
}

// One fixed cut through the training images: what models are fitted on, and what settings are chosen and
// calibrated on. The test images are for the final numbers alone.
import { Seed } from "../tensor/random";
import { holdOut } from "./batches";
import type { Dataset } from "./dataset";

/** Part of the training images that no model is fitted on. */
const HELD_OUT = 1 / 12;

/**
 * The cut through the training images of a dataset; its name and labels alone decide it.
 *
 * @returns ascending indices into `dataset.train`: 11/12 of each class to fit on, 1/12 to choose and calibrate on, at
 *   least one image of a class that has two
 * @example const { fit, heldOut } = igds.datasets.developmentSplit(dataset);
 */
export function developmentSplit(dataset: Dataset): { fit: Int32Array; heldOut: Int32Array } {
  const { train, heldOut } = holdOut(
    dataset.train,
    HELD_OUT,
    new Seed("development split").child(dataset.name),
  );
  return { fit: train, heldOut };
}

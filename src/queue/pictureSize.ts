// The size of the pictures that a set of a dataset has.
import type { Dataset } from "../datasets/dataset";
import { isLatent } from "../diffusion/latents";

/** Of latents it is that of the pictures they are decoded to. */
export function pictureSize(dataset: Dataset): { readonly height: number; readonly width: number } {
  const [height, width] = isLatent(dataset) ? dataset.pictures.shape : dataset.shape;
  return { height, width };
}

// What tells a dataset of latents from one of pictures (latentDataset.ts makes it).
import type { Dataset } from "../datasets/dataset";
import type { Autoencoder } from "./autoencoder";

/** A dataset whose images are latents, with the way back to pictures. */
export interface LatentDataset extends Dataset {
  /** What encoded them, and decodes what is sampled. */
  readonly autoencoder: Autoencoder;
  /** The dataset that was encoded: what sets are scored on. */
  readonly pictures: Dataset;
}

/** Whether a dataset's images are latents. */
export function isLatent(dataset: Dataset): dataset is LatentDataset {
  return "autoencoder" in dataset;
}

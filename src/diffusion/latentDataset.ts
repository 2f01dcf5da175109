// A dataset as latents, for everything that is fitted to data in the space of a latent diffusion model: the classifier that
// guides, the clusters and bandwidths of the contextual terms.

import { gather } from "../datasets/batches";
import type { Dataset, ProgressEvent, Split } from "../datasets/dataset";
import { pause } from "../tensor/pause";
import type { Autoencoder } from "./autoencoder";

/** A dataset whose images are latents, with the way back to pictures. */
export interface LatentDataset extends Dataset {
  readonly autoencoder: Autoencoder;
  /** The dataset that was encoded: what sets are scored on. */
  readonly pictures: Dataset;
}

/** Whether a dataset's images are latents. */
export function isLatent(dataset: Dataset): dataset is LatentDataset {
  return "autoencoder" in dataset;
}

/** Images that are encoded between two reports of progress. */
const PORTION = 16;

/**
 * Encodes a dataset.
 *
 * @returns the same classes and labels; `train` holds latents as the diffusion model takes them, `test` nothing: sets are scored
 *   as pictures
 * @throws if the images cannot be halved as often as the autoencoder does it
 * @example
 * const autoencoder = await loadAutoencoder("dit-small/diffusers/vae");
 * const pictures = proceduralDataset(procedural({ noise: 0.3 }), 6, new Seed(0)); // 16 x 16, grey
 * const coloured = { ...pictures, shape: [16, 16, 3] as const }; // the VAE takes three channels
 * const grey = pictures.train.images;
 * const threefold = (images) => Uint8Array.from({ length: 3 * images.length }, (_, i) => images[Math.floor(i / 3)]);
 * const train = { ...pictures.train, images: threefold(pictures.train.images) };
 * const test = { ...pictures.test, images: threefold(pictures.test.images) };
 * const latents = await latentDataset({ ...coloured, train, test }, autoencoder);
 * latents.shape; // [8, 8, 4]
 */
export async function latentDataset(
  dataset: Dataset,
  autoencoder: Autoencoder,
  onProgress: (event: ProgressEvent) => void = () => {},
): Promise<LatentDataset> {
  const { train, name } = dataset;
  const [height, width] = dataset.shape;
  const { factor } = autoencoder;
  if (height % factor !== 0 || width % factor !== 0)
    throw new RangeError(
      `${name}: expected images with sides divisible by ${factor}, as the autoencoder halves them, found ${height} x ${width}.`,
    );
  const shape = autoencoder.latentShape(dataset.shape);
  const size = shape.reduce((a, b) => a * b, 1);
  const total = train.count;
  let done = 0;
  const encoded = async (split: Split): Promise<Split> => {
    const values = new Float32Array(split.count * size);
    for (let from = 0; from < split.count; from += PORTION) {
      const count = Math.min(PORTION, split.count - from);
      const images = gather(
        split,
        dataset.shape,
        Array.from({ length: count }, (_, i) => from + i),
      );
      values.set(autoencoder.encode(images).data, from * size);
      done += count;
      onProgress({ label: `${name}: latents`, done, total });
      await pause();
    }
    return { images: new Uint8Array(0), values, labels: split.labels, count: split.count };
  };
  return {
    name,
    classes: dataset.classes,
    ...(dataset.titles ? { titles: dataset.titles } : {}),
    shape,
    train: await encoded(train),
    test: { images: new Uint8Array(0), values: new Float32Array(0), labels: new Uint8Array(0), count: 0 },
    source: `${dataset.source}, as latents`,
    autoencoder,
    pictures: dataset,
  };
}

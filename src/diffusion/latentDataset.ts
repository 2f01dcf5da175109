// A dataset as latents, for everything that is fitted to data in the space of a latent diffusion model: the classifier that
// guides, the clusters and bandwidths of the contextual terms.

import { gather } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import { cacheLatents } from "../datasets/latentCache";
import type { ImageBatch } from "../tensor/batch";
import { pause } from "../tensor/pause";
import type { ProgressEvent } from "../tensor/progress";
import type { Autoencoder } from "./autoencoder";
import type { LatentDataset } from "./latents";

/** Options of `latentDataset`. */
export interface LatentOptions {
  /** Folder that keeps latents, so that each image is encoded once; a run that was broken off goes on there. Default: none. */
  readonly cache?: string;
  /** Told of the images encoded so far. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** Images that are encoded between two reports of progress. */
const PORTION = 16;

/**
 * Encodes a dataset.
 *
 * @param dataset of pictures, whose sides the autoencoder's `factor` divides
 * @param autoencoder held by the result, and disposed of by a `Distiller` of it; with `options.cache` it has to know
 *   its `origin`
 * @returns the same classes and labels; `train` holds latents as the diffusion model takes them, `test` nothing: sets
 *   are scored as pictures
 * @throws RangeError if the images cannot be halved as often as the autoencoder does it, or have another number of
 *   channels; Error with a cache if the autoencoder has no `origin`
 * @example
 * const autoencoder = await igds.diffusion.loadAutoencoder("dit-small/diffusers/vae");
 * const grey = igds.datasets.proceduralDataset(igds.datasets.procedural({ noise: 0.3 }), 6, 0); // 16 x 16
 * // The VAE takes three channels.
 * const coloured = ({ images, ...rest }: igds.datasets.Split): igds.datasets.Split => ({
 *   ...rest,
 *   images: Uint8Array.from({ length: 3 * images.length }, (_, i) => images[Math.floor(i / 3)]),
 * });
 * const pictures: igds.Dataset = {
 *   ...grey,
 *   shape: [16, 16, 3],
 *   train: coloured(grey.train),
 *   test: coloured(grey.test),
 * };
 * (await igds.diffusion.latentDataset(pictures, autoencoder)).shape; // [8, 8, 4]
 */
export async function latentDataset(
  dataset: Dataset,
  autoencoder: Autoencoder,
  { cache, onProgress = () => {} }: LatentOptions = {},
): Promise<LatentDataset> {
  const { train, name } = dataset;
  const [height, width] = dataset.shape;
  const { factor, origin } = autoencoder;
  if (height % factor !== 0 || width % factor !== 0)
    throw new RangeError(
      `${name}: expected images with sides divisible by ${factor}, as the autoencoder halves them, found ${height} x ${width}.`,
    );
  if (cache !== undefined && !origin)
    throw new Error(
      "Latents are kept by the hash of their autoencoder: load it from its files (loadAutoencoder).",
    );
  const shape = autoencoder.latentShape(dataset.shape);
  const encode = (images: ImageBatch) => autoencoder.encode(images).data;
  const values =
    cache === undefined
      ? await encodeAll(dataset, encode, shape, onProgress)
      : await (
          await cacheLatents(dataset, {
            folder: cache,
            encode,
            latentShape: shape,
            encoder: `${origin?.sha256}, mean`,
            onProgress,
          })
        ).read(Array.from({ length: train.count }, (_, i) => i));
  return {
    name,
    classes: dataset.classes,
    ...(dataset.titles ? { titles: dataset.titles } : {}),
    shape,
    train: { images: new Uint8Array(0), values, labels: train.labels, count: train.count },
    test: { images: new Uint8Array(0), values: new Float32Array(0), labels: new Uint8Array(0), count: 0 },
    source: `${dataset.source}, as latents`,
    autoencoder,
    pictures: dataset,
  };
}

async function encodeAll(
  { name, train, shape }: Dataset,
  encode: (images: ImageBatch) => Float32Array,
  latentShape: readonly number[],
  onProgress: (event: ProgressEvent) => void,
): Promise<Float32Array> {
  const size = latentShape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(train.count * size);
  for (let from = 0; from < train.count; from += PORTION) {
    const count = Math.min(PORTION, train.count - from);
    const places = Array.from({ length: count }, (_, i) => from + i);
    values.set(encode(gather(train, shape, places)), from * size);
    onProgress({ label: `${name}: latents`, done: from + count, total: train.count });
    await pause();
  }
  return values;
}

// A dataset with the shipped models, or others, from their files.
import path from "node:path";
import { classList } from "../datasets/classLists";
import type { Dataset, LoadOptions } from "../datasets/dataset";
import { loadDataset } from "../datasets/load";
import { outFolder } from "../datasets/outFolder";
import { loadAutoencoder } from "../diffusion/autoencoder";
import { latentDataset } from "../diffusion/latentDataset";
import { isLatent } from "../diffusion/latents";
import { loadDenoiser } from "../diffusion/loadDenoiser";
import { loadClassifier } from "../guidance/loadClassifier";
import { denoiserFile, shippedCheckpoint } from "../nn/shippedCheckpoints";
import { engineReady, tf } from "../tensor/engine";
import { Distiller } from "./distiller";

/** Which models a dataset is opened with, and where it is looked for. */
export interface OpenOptions extends LoadOptions {
  /**
   * The denoiser: "unet", "unet-long", "unet-minimax" or "dit" for the shipped ones of the dataset, a checkpoint of `igds train`, or one
   * that others have published, such as DiT-XL-2-256x256.pt. Of one that knows the thousand classes of ImageNet those of
   * the dataset are taken. Default: "unet".
   */
  readonly denoiser?: string;
  /** Folder of the autoencoder of a latent diffusion model, such as sd-vae-ft-mse: everything then is done on latents. */
  readonly vae?: string;
  /** Folder that keeps the latents of the dataset's images. Default: out/latents. */
  readonly latents?: string;
  /** Checkpoint of the classifier. Default: the shipped one of the dataset. */
  readonly classifier?: string;
}

/**
 * Opens a dataset with its models. For a dataset of your own, `options` name the checkpoints that you trained.
 *
 * @param dataset its name, as of `loadDataset`, or the dataset itself. Models are shipped for fashion-mnist alone
 * @returns the distiller; its `dispose` frees the models
 * @throws when the dataset cannot be had or a checkpoint is missing or of another dataset
 * @example
 * const distiller = await igds.open("fashion-mnist");
 * const run = distiller.start({ classes: ["Sneaker"], ipc: 2, steps: 10 });
 * await run.step();
 */
export async function open(
  dataset: string | Dataset = "fashion-mnist",
  options: OpenOptions = {},
): Promise<Distiller> {
  await engineReady();
  const loaded = await openDataset(dataset, options);
  const held: (() => void)[] = isLatent(loaded) ? [() => loaded.autoencoder.dispose()] : [];
  try {
    // The small one first: a cell that is tried again reads the large one only if it is of use.
    const classifier = await loadClassifier(
      options.classifier ?? shippedCheckpoint(loaded.name, "classifier"),
    );
    held.push(() => tf.dispose({ ...classifier.weights }));
    const denoiser = await loadDenoiser(denoiserFile(loaded.name, options.denoiser), {
      classes: (known) => classesAmong(loaded.classes, known),
    });
    held.push(() => denoiser.dispose());
    return new Distiller(loaded, denoiser, classifier);
  } catch (error) {
    for (const release of held) release();
    throw error;
  }
}

/** Side of the pictures of DiT's published models. */
export const LATENT_PICTURES = 256;

/** A dataset, as latents if there is an autoencoder. */
export async function openDataset(
  dataset: string | Dataset,
  {
    vae,
    latents = path.join(outFolder, "latents"),
    ...options
  }: Omit<OpenOptions, "denoiser" | "classifier">,
): Promise<Dataset> {
  const size = vae === undefined ? {} : { size: LATENT_PICTURES };
  const loaded = typeof dataset === "string" ? await loadDataset(dataset, { ...size, ...options }) : dataset;
  if (vae === undefined) return loaded;
  const { onProgress } = options;
  const autoencoder = await loadAutoencoder(vae);
  return latentDataset(loaded, autoencoder, { cache: latents, ...(onProgress ? { onProgress } : {}) });
}

/** Places of ImageNet's classes in the sorted list of the thousand; null for a model of as many classes as the dataset has. */
function classesAmong(classes: readonly string[], known: number): readonly number[] | null {
  if (known === classes.length) return null;
  const all = classList("imagenet-1k").map(({ wnid }) => wnid);
  const places = classes.map((name) => all.indexOf(name));
  const missing = places.findIndex((place) => place < 0);
  if (known !== all.length || missing >= 0)
    throw new Error(
      `The denoiser knows ${known} classes, but the dataset has ${classes.length}` +
        `${missing >= 0 ? `, and "${classes[missing]}" is not a class of ImageNet` : ""}. Load it for the classes of the dataset ` +
        "(publishedDenoiser with classes), or use one that was trained on it.",
    );
  return places;
}

// A dataset with the shipped models, or others, from their files.
import path from "node:path";
import type { Dataset, LoadOptions } from "../datasets/dataset";
import { loadDataset } from "../datasets/load";
import { loadDenoiser } from "../diffusion/loadDenoiser";
import { loadClassifier } from "../guidance/loadClassifier";
import { engineReady } from "../tensor/engine";
import { Distiller } from "./distiller";

export interface OpenOptions extends LoadOptions {
  /** Checkpoint of the denoiser. Default: the shipped U-Net of the dataset. */
  readonly denoiser?: string;
  /** Checkpoint of the classifier. Default: the shipped one of the dataset. */
  readonly classifier?: string;
}

/** Folder of the shipped checkpoints. */
export const checkpointFolder: string = path.join(__dirname, "..", "..", "data", "checkpoints");

/**
 * Opens a dataset with its models. For a dataset of your own, `options` name the checkpoints that you trained.
 * @throws when the dataset cannot be had or a checkpoint is missing or of another dataset
 * @example
 * const distiller = await open("fashion-mnist");
 * const run = distiller.start({ classes: ["Sneaker"], ipc: 2, steps: 10 });
 * await run.step();
 */
export async function open(
  dataset: string | Dataset = "fashion-mnist",
  options: OpenOptions = {},
): Promise<Distiller> {
  await engineReady();
  const loaded = typeof dataset === "string" ? await loadDataset(dataset, options) : dataset;
  const shipped = (model: string) => path.join(checkpointFolder, `${loaded.name}-${model}.safetensors`);
  const denoiser = await loadDenoiser(options.denoiser ?? shipped("unet"));
  const classifier = await loadClassifier(options.classifier ?? shipped("classifier"));
  return new Distiller(loaded, denoiser, classifier);
}

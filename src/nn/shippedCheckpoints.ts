// The checkpoints that come with the library, data/checkpoints/DATASET-MODEL.safetensors, and the short names of the
// denoisers among them.
import path from "node:path";

/** Their folder; src/nn and dist/nn lie equally deep. */
export const checkpointFolder: string = path.join(__dirname, "..", "..", "data", "checkpoints");

/** Short names of the denoisers, and what people call them. */
export const shippedDenoisers = {
  dit: "DiT",
  unet: "U-Net",
  "unet-long": "longer U-Net",
  "unet-minimax": "U-Net, Minimax",
} as const;
export type ShippedDenoiser = keyof typeof shippedDenoisers;

/** Where a model of a dataset is shipped, if it is. */
export function shippedCheckpoint(
  dataset: string,
  model: ShippedDenoiser | "classifier" | "reference",
): string {
  return path.join(checkpointFolder, `${dataset}-${model}.safetensors`);
}

/** The file of a denoiser that is named in short, or by its path. Default: the shipped U-Net of the dataset. */
export function denoiserFile(dataset: string, denoiser = "unet"): string {
  return isShipped(denoiser) ? shippedCheckpoint(dataset, denoiser) : path.resolve(denoiser);
}

function isShipped(name: string): name is ShippedDenoiser {
  return Object.hasOwn(shippedDenoisers, name);
}

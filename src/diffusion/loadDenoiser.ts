// A denoiser from its file, whoever has trained it.
import path from "node:path";
import { expectCheckpoint, loadCheckpoint } from "../nn/checkpointFile";
import { checkpointFolder, shippedDenoisers } from "../nn/shippedCheckpoints";
import { didYouMean } from "../tensor/nearestName";
import { type Denoiser, denoiserOf } from "./denoiser";
import { isPublished, type PublishedOptions, publishedDenoiser } from "./publishedDenoiser";

/**
 * Loads a denoiser: a checkpoint written by `igds train`, or one that others have published (publishedDenoiser.ts).
 *
 * @param file a checkpoint, a weight file, or a folder of diffusers
 * @param options for a published one; without effect on a checkpoint
 * @returns the denoiser; its `dispose` frees the weights that it holds in the engine
 * @throws when the file is missing, damaged, or of another kind
 * @example const shipped = await igds.diffusion.loadDenoiser(denoiser.checkpoint!.file);
 */
export async function loadDenoiser(file: string, options: PublishedOptions = {}): Promise<Denoiser> {
  await expectCheckpoint(file).catch((error: Error) => {
    // Of a dataset without shipped models no short name helps.
    if (path.dirname(path.resolve(file)) === checkpointFolder) throw error;
    throw new Error(`${error.message} ${shortNames(file)}`, { cause: error });
  });
  return (await isPublished(file))
    ? publishedDenoiser(file, options)
    : denoiserOf(await loadCheckpoint(file));
}

/** What the shipped denoisers are called, and which of them a name that is no file may have meant. */
export function shortNames(name: string): string {
  const names = Object.keys(shippedDenoisers);
  const meant = didYouMean(path.basename(name, ".safetensors"), names) || ".";
  return `Those that are shipped have short names, ${names.join(", ")}, to be given to open() or --denoiser${meant}`;
}

// A denoiser from its file, whoever has trained it.
import { expectCheckpoint, loadCheckpoint } from "../nn/checkpointFile";
import { type Denoiser, denoiserOf } from "./denoiser";
import { isPublished, type PublishedOptions, publishedDenoiser } from "./publishedDenoiser";

/**
 * Loads a denoiser: a checkpoint written by `igds train`, or one that others have published (publishedDenoiser.ts).
 * @throws when the file is missing, damaged, or of another kind
 * @example const shipped = await loadDenoiser(denoiser.checkpoint!.file);
 */
export async function loadDenoiser(file: string, options: PublishedOptions = {}): Promise<Denoiser> {
  await expectCheckpoint(file);
  return (await isPublished(file))
    ? publishedDenoiser(file, options)
    : denoiserOf(await loadCheckpoint(file));
}

// A denoiser from the file of its checkpoint.
import { loadCheckpoint } from "../nn/checkpointFile";
import { type Denoiser, denoiserOf } from "./denoiser";

/**
 * Loads a denoiser from a checkpoint written by `igds train`.
 * @throws when the file is missing, damaged, or of another kind
 * @example const shipped = await loadDenoiser(denoiser.checkpoint.file);
 */
export async function loadDenoiser(file: string): Promise<Denoiser> {
  return denoiserOf(await loadCheckpoint(file));
}

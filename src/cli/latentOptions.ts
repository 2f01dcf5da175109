// Options of commands that can work on latents, and on pictures of any size.
import type { Command } from "commander";
import { onlyIf, wholeNumber } from "./options";

export interface LatentOptions {
  size?: number;
  vae?: string;
  latents?: string;
}

/** Adds the options to a command. */
export function withLatentOptions(command: Command): Command {
  return command
    .option(
      "--size <n>",
      "side of pictures that come in any size (default: the dataset's, with --vae 256)",
      wholeNumber(1),
    )
    .option(
      "--vae <dir>",
      "work on latents, by the autoencoder of a latent diffusion model, such as the folder of sd-vae-ft-mse",
    )
    .option("--latents <dir>", "folder that keeps the dataset's latents (default: out/latents)");
}

/** Those that were given. @throws Error for a folder of latents without what makes them */
export function latentOptionsOf({ size, vae, latents }: LatentOptions): LatentOptions {
  onlyIf(vae !== undefined, "with --vae", { latents });
  return { ...(size ? { size } : {}), ...(vae ? { vae } : {}), ...(latents ? { latents } : {}) };
}

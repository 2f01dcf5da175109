// The Stable Diffusion VAE from its files as diffusers lays them out.
import { z } from "zod";
import { diffusersSource } from "./diffusersBlocks";
import type { Weights } from "./parameters";
import { readTorchWeights, type TorchTensors, torchTensorsOf } from "./torchWeights";
import { type Vae, type VaeConfig, vae } from "./vae";

/** An autoencoder from its files. */
export interface LoadedVae {
  /** As its config says. */
  readonly vae: Vae;
  /** The caller's to dispose of. */
  readonly weights: Weights;
}

/** vae/config.json; what it leaves out is as diffusers has it by default. */
const configSchema = z.looseObject({
  act_fn: z.literal("silu").default("silu"),
  block_out_channels: z.array(z.number().int().positive()).min(1),
  down_block_types: z.array(z.literal("DownEncoderBlock2D")).optional(),
  up_block_types: z.array(z.literal("UpDecoderBlock2D")).optional(),
  in_channels: z.number().int().positive().default(3),
  out_channels: z.number().int().positive().default(3),
  latent_channels: z.number().int().positive().default(4),
  layers_per_block: z.number().int().positive().default(1),
  norm_num_groups: z.number().int().positive().default(32),
  mid_block_add_attention: z.boolean().default(true),
  use_quant_conv: z.boolean().default(true),
  use_post_quant_conv: z.boolean().default(true),
  scaling_factor: z.number().positive().default(0.18215),
  shift_factor: z.number().nullish(),
});

/**
 * The config of our VAE from a vae/config.json of diffusers.
 * @throws naming what it cannot build
 */
export function vaeConfig(config: unknown, source: string): VaeConfig {
  const parsed = configSchema.safeParse(config);
  if (!parsed.success)
    throw new Error(`${source} is not the config of an AutoencoderKL:\n${z.prettifyError(parsed.error)}`);
  const stated = parsed.data;
  if (stated.in_channels !== stated.out_channels)
    throw new Error(
      `${source}: expected as many channels out as in, found ${stated.in_channels} and ${stated.out_channels}.`,
    );
  return {
    imageChannels: stated.in_channels,
    latentChannels: stated.latent_channels,
    widths: stated.block_out_channels,
    blocks: stated.layers_per_block,
    groups: stated.norm_num_groups,
    attention: stated.mid_block_add_attention,
    quantConv: stated.use_quant_conv,
    postQuantConv: stated.use_post_quant_conv,
    scalingFactor: stated.scaling_factor,
    shiftFactor: stated.shift_factor ?? 0,
  };
}

/** All tensors of a VAE as diffusers has them, to write one. */
export function vaeTensors({ parameters }: Vae): { name: string; shape: readonly number[] }[] {
  const none: TorchTensors = {
    file: "",
    entries: new Map(),
    read: () => Promise.reject(new Error("no file")),
  };
  return torchTensorsOf(parameters, (path, shape) => diffusersSource(none, path, shape));
}

/**
 * Reads a VAE.
 *
 * @param file `openWeights` gives it; the caller closes it
 * @param config vae/config.json of diffusers
 * @throws naming the first number, tensor or shape that is not as expected
 * @example
 * const file = await igds.nn.openWeights("dit-small/diffusers/vae"); // or the folder of sd-vae-ft-mse
 * const config = { block_out_channels: [32, 64], layers_per_block: 2, norm_num_groups: 8 }; // its config.json
 * const { vae, weights } = await igds.nn.readVae(file, config);
 * await file.close();
 * const decoded = vae.decode(weights, vae.unscale(igds.tf.zeros([1, 16, 16, 4])));
 * decoded.shape; // [1, 32, 32, 3]
 */
export async function readVae(file: TorchTensors, config: unknown): Promise<LoadedVae> {
  const built = vae(vaeConfig(config, `The config of ${file.file}`));
  const weights = await readTorchWeights(file, built.parameters, (path, shape) =>
    diffusersSource(file, path, shape),
  );
  return { vae: built, weights };
}

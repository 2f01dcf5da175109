// A UNet2DModel from its files as diffusers lays them out.
import { z } from "zod";
import type { DenoiserNetwork } from "./denoiserNetwork";
import { diffusersSource } from "./diffusersBlocks";
import type { Weights } from "./parameters";
import { readTorchWeights, type TorchTensors } from "./torchWeights";
import { type UNet2DConfig, unet2d } from "./unet2d";

/** A UNet2DModel from its files. */
export interface LoadedUNet2D {
  /** As its config says. */
  readonly network: DenoiserNetwork;
  /** The caller's to dispose of. */
  readonly weights: Weights;
}

/** What the config does not tell. */
export interface UNet2DOptions {
  /**
   * Number of classes of the data. Needed for a network that knows none; of one that does, default: the rows of its table,
   * and the last of them is a class. One fewer than the rows: the last is the null class of classifier-free guidance.
   */
  readonly classes?: number;
}

const list = <T extends z.ZodType>(of: T) => z.array(of).min(1);
const size = z.union([
  z.number().int().positive(),
  z.tuple([z.number().int().positive(), z.number().int().positive()]),
]);

/** unet/config.json; what it leaves out is as diffusers has it by default. */
const configSchema = z.looseObject({
  sample_size: size,
  in_channels: z.number().int().positive().default(3),
  out_channels: z.number().int().positive().default(3),
  center_input_sample: z.literal(false).default(false),
  time_embedding_type: z.literal("positional").default("positional"),
  time_embedding_dim: z.null().default(null),
  freq_shift: z.number().default(0),
  flip_sin_to_cos: z.boolean().default(true),
  down_block_types: list(z.enum(["DownBlock2D", "AttnDownBlock2D"])),
  mid_block_type: z.literal("UNetMidBlock2D").default("UNetMidBlock2D"),
  up_block_types: list(z.enum(["UpBlock2D", "AttnUpBlock2D"])),
  block_out_channels: list(z.number().int().positive()),
  layers_per_block: z.number().int().positive().default(2),
  mid_block_scale_factor: z.literal(1).default(1),
  downsample_padding: z.union([z.literal(0), z.literal(1)]).default(1),
  downsample_type: z.literal("conv").default("conv"),
  upsample_type: z.literal("conv").default("conv"),
  act_fn: z.enum(["silu", "swish"]).default("silu"),
  attention_head_dim: z.number().int().positive().nullable().default(8),
  norm_num_groups: z.number().int().positive().default(32),
  attn_norm_num_groups: z.null().default(null),
  norm_eps: z.number().positive().default(1e-5),
  resnet_time_scale_shift: z.enum(["default", "scale_shift"]).default("default"),
  add_attention: z.boolean().default(true),
  class_embed_type: z.null().default(null),
  num_class_embeds: z.number().int().positive().nullable().default(null),
});

/**
 * The config of our U-Net from a config.json of diffusers.
 * @throws naming what it cannot build
 */
export function unet2dConfig(config: unknown, source: string, { classes }: UNet2DOptions = {}): UNet2DConfig {
  const parsed = configSchema.safeParse(config);
  if (!parsed.success)
    throw new Error(
      `${source} is not the config of a UNet2DModel that can be built here:\n${z.prettifyError(parsed.error)}`,
    );
  const stated = parsed.data;
  if (stated.in_channels !== stated.out_channels)
    throw new Error(
      `${source}: expected as many channels out as in, found ${stated.in_channels} and ${stated.out_channels}.`,
    );
  const rows = stated.num_class_embeds ?? 0;
  const classCount = classes ?? rows;
  if (classCount === 0)
    throw new Error(
      `${source}: this U-Net knows no classes (num_class_embeds is null). Say how many the data has: { classes: 10 }.`,
    );
  const [height, width] =
    typeof stated.sample_size === "number" ? [stated.sample_size, stated.sample_size] : stated.sample_size;
  return {
    kind: "unet2d",
    height,
    width,
    channels: stated.in_channels,
    classes: classCount,
    widths: stated.block_out_channels,
    attentionDown: stated.down_block_types.map((kind) => kind === "AttnDownBlock2D"),
    attentionUp: stated.up_block_types.map((kind) => kind === "AttnUpBlock2D"),
    attentionMiddle: stated.add_attention,
    headSize: stated.attention_head_dim,
    blocks: stated.layers_per_block,
    groups: stated.norm_num_groups,
    normEpsilon: stated.norm_eps,
    downPadding: stated.downsample_padding,
    embedBy: stated.resnet_time_scale_shift === "default" ? "shift" : "scale and shift",
    frequencyShift: stated.freq_shift,
    cosinesFirst: stated.flip_sin_to_cos,
    classRows: rows,
  };
}

/**
 * Reads a UNet2DModel, such as google/ddpm-cifar10-32.
 *
 * @param file `openWeights` gives it; the caller closes it
 * @param config its config.json
 * @throws naming the first number, tensor or shape that is not as expected; for a network that knows no classes where
 *   `options.classes` does not say how many the data has
 * @example
 * // Or the folder of a public model.
 * const file = await igds.nn.openWeights("unet2d-small/diffusion_pytorch_model.safetensors");
 * const config = {
 *   sample_size: 8,
 *   layers_per_block: 1,
 *   block_out_channels: [8, 12],
 *   norm_num_groups: 4,
 *   attention_head_dim: 4,
 *   down_block_types: ["AttnDownBlock2D", "DownBlock2D"],
 *   up_block_types: ["UpBlock2D", "AttnUpBlock2D"],
 *   resnet_time_scale_shift: "scale_shift",
 *   num_class_embeds: 6,
 * }; // its config.json
 * const { network, weights } = await igds.nn.readUNet2D(file, config, { classes: 5 });
 * await file.close();
 * const ddpmModel = new igds.diffusion.Denoiser(network, weights);
 * const { images } = await igds.sample(ddpmModel, { labels: [3, 4], seed: 0, steps: 3 });
 */
export async function readUNet2D(
  file: TorchTensors,
  config: unknown,
  options: UNet2DOptions = {},
): Promise<LoadedUNet2D> {
  const network = unet2d(unet2dConfig(config, `The config of ${file.file}`, options));
  const weights = await readTorchWeights(file, network.parameters, (path, shape) =>
    path === "class_embedding.table"
      ? { names: ["class_embedding.weight"], shape }
      : diffusersSource(file, path, shape),
  );
  return { network, weights };
}

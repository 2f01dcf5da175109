// The autoencoder of Stable Diffusion (Rombach et al. 2022; AutoencoderKL of diffusers), between images and the latents
// that a latent diffusion model works on. vaeWeights.ts reads its files; paths of weights are those of diffusers.
import { type Tensor4D, tf } from "../tensor/engine";
import { attentionBlock, downsampler, resnetBlock, upsampler } from "./diffusersBlocks";
import { conv, type Layer, norm } from "./layers";
import { Parameters, type Weights } from "./parameters";

/** What the autoencoder of latent diffusion is built from. */
export interface VaeConfig {
  /** Channels of an image. */
  readonly imageChannels: number;
  /** Channels of a latent. */
  readonly latentChannels: number;
  /** Channels at each resolution, halving from one to the next. */
  readonly widths: readonly number[];
  /** Residual blocks of the encoder at each resolution; the decoder has one more. */
  readonly blocks: number;
  /** Of the group norms; they divide every width. */
  readonly groups: number;
  /** Whether a self-attention lies between the two blocks of the lowest resolution. */
  readonly attention: boolean;
  /** Whether the encoder ends with a 1 x 1 convolution. */
  readonly quantConv: boolean;
  /** Whether the decoder begins with one. */
  readonly postQuantConv: boolean;
  /** A diffusion model works on scalingFactor (latent - shiftFactor). */
  readonly scalingFactor: number;
  /** Taken off before scaling. */
  readonly shiftFactor: number;
}

/** Stable Diffusion's: 83.7 million weights, images of 8 times the latent's side. */
export const vaeDefaults: VaeConfig = {
  imageChannels: 3,
  latentChannels: 4,
  widths: [128, 256, 512, 512],
  blocks: 2,
  groups: 32,
  attention: true,
  quantConv: true,
  postQuantConv: true,
  scalingFactor: 0.18215,
  shiftFactor: 0,
};

/** An autoencoder of pictures and latents as functions of its weights. */
export interface Vae {
  /** What it is built from. */
  readonly config: VaeConfig;
  /** Names, shapes and initial values of its weights. */
  readonly parameters: Parameters;
  /**
   * The Gaussian of an image's latents; a latent is mean + exp(logvar / 2) times noise, not yet scaled.
   * @param images [N, H, W, channels], values in [-1, 1]; H and W divisible by `2^(widths - 1)`
   * @returns both [N, H / 2^(widths - 1), W / 2^(widths - 1), latentChannels]; logvar within [-30, 20]
   */
  encode(w: Weights, images: Tensor4D): { mean: Tensor4D; logvar: Tensor4D };
  /**
   * @param latents [N, h, w, latentChannels], not scaled: {@link Vae.unscale} undoes the scaling
   * @returns images, [N, h 2^(widths - 1), w 2^(widths - 1), channels]; values may leave [-1, 1] a little
   */
  decode(w: Weights, latents: Tensor4D): Tensor4D;
  /** Latents as a diffusion model takes them. */
  scale(latents: Tensor4D): Tensor4D;
  /** Latents as the decoder takes them. */
  unscale(latents: Tensor4D): Tensor4D;
}

const EPSILON = 1e-6;
const LEAST_LOGVAR = -30;
const LARGEST_LOGVAR = 20;

/**
 * Builds the autoencoder; it is not trained here, its weights are read.
 * @throws if the groups do not divide every width
 * @example
 * const small = igds.nn.vae({ ...igds.nn.vaeDefaults, widths: [8, 16], groups: 4 });
 * const weights = small.parameters.initialise(0);
 * small.decode(weights, igds.tf.zeros([1, 4, 4, 4])).shape; // [1, 8, 8, 3]
 */
export function vae(config: VaeConfig): Vae {
  const { imageChannels, latentChannels, widths, blocks, groups, scalingFactor, shiftFactor } = config;
  const indivisible = widths.find((width) => width % groups !== 0);
  if (widths.length === 0 || indivisible !== undefined)
    throw new Error(
      `A VAE with ${groups} groups needs widths that they divide; found ${indivisible ?? "no widths"}.`,
    );
  const p = new Parameters();
  const normal = { groups, epsilon: EPSILON };
  const levels = widths.length;
  const lowest = widths[levels - 1]!;

  const down: Layer<Tensor4D>[] = [conv(p, "encoder.conv_in", imageChannels, widths[0]!)];
  widths.forEach((width, level) => {
    const at = `encoder.down_blocks.${level}`;
    for (let i = 0; i < blocks; i++)
      down.push(
        resnetBlock(p, `${at}.resnets.${i}`, i > 0 ? width : widths[Math.max(0, level - 1)]!, width, normal),
      );
    if (level < levels - 1) down.push(downsampler(p, `${at}.downsamplers.0`, width, 0));
  });
  down.push(
    ...middle(p, "encoder.mid_block", lowest, config),
    ...end(p, "encoder", lowest, 2 * latentChannels, groups),
  );
  if (config.quantConv) down.push(conv(p, "quant_conv", 2 * latentChannels, 2 * latentChannels, { size: 1 }));

  const up: Layer<Tensor4D>[] = [];
  if (config.postQuantConv) up.push(conv(p, "post_quant_conv", latentChannels, latentChannels, { size: 1 }));
  up.push(
    conv(p, "decoder.conv_in", latentChannels, lowest),
    ...middle(p, "decoder.mid_block", lowest, config),
  );
  const reversed = [...widths].reverse();
  reversed.forEach((width, level) => {
    const at = `decoder.up_blocks.${level}`;
    for (let i = 0; i <= blocks; i++)
      up.push(
        resnetBlock(
          p,
          `${at}.resnets.${i}`,
          i > 0 ? width : reversed[Math.max(0, level - 1)]!,
          width,
          normal,
        ),
      );
    if (level < levels - 1) up.push(upsampler(p, `${at}.upsamplers.0`, width));
  });
  up.push(...end(p, "decoder", widths[0]!, imageChannels, groups));

  const run = (layers: readonly Layer<Tensor4D>[], w: Weights, x: Tensor4D) =>
    layers.reduce((h, layer) => tf.tidy(() => layer(w, h)), x);
  const divisor = 2 ** (levels - 1);
  return {
    config,
    parameters: p,
    encode(w, images) {
      const [, height, width] = images.shape;
      if (height % divisor !== 0 || width % divisor !== 0)
        throw new Error(
          `This VAE needs images with sides divisible by ${divisor}; found ${height} x ${width}.`,
        );
      const [mean, logvar] = tf.split(run(down, w, images), 2, 3) as [Tensor4D, Tensor4D];
      return { mean, logvar: tf.clipByValue(logvar, LEAST_LOGVAR, LARGEST_LOGVAR) };
    },
    decode: (w, latents) => run(up, w, latents),
    scale: (latents) => tf.mul(tf.sub(latents, shiftFactor), scalingFactor),
    unscale: (latents) => tf.add(tf.div(latents, scalingFactor), shiftFactor),
  };
}

/** The blocks of the lowest resolution. */
function middle(
  p: Parameters,
  path: string,
  width: number,
  { groups, attention }: VaeConfig,
): Layer<Tensor4D>[] {
  const normal = { groups, epsilon: EPSILON };
  const first = resnetBlock(p, `${path}.resnets.0`, width, width, normal);
  const between = attention ? [attentionBlock(p, `${path}.attentions.0`, width, 1, normal)] : [];
  return [first, ...between, resnetBlock(p, `${path}.resnets.1`, width, width, normal)];
}

function end(p: Parameters, path: string, from: number, to: number, groups: number): Layer<Tensor4D>[] {
  const normalise = norm(p, `${path}.conv_norm_out`, from, groups, { epsilon: EPSILON, activation: "silu" });
  const last = conv(p, `${path}.conv_out`, from, to);
  return [(w, x) => last(w, normalise(w, x))];
}

// The U-Net of diffusers (UNet2DModel; Ho et al. 2020, Dhariwal & Nichol 2021), of which many public models are made, such
// as DDPM's for CIFAR-10. unet2dWeights.ts reads its files; paths of weights are those of diffusers.
import { type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { silu } from "../tensor/fused";
import { sinusoids } from "../tensor/sinusoids";
import type { DenoiserNetwork, ImageSpace } from "./denoiserNetwork";
import {
  attentionBlock,
  type BlockEmbedding,
  downsampler,
  type EmbeddedLayer,
  resnetBlock,
  upsampler,
} from "./diffusersBlocks";
import { conv, dense, embedding, type Layer, norm } from "./layers";
import { Parameters, type Weights } from "./parameters";

/** What diffusers' UNet2DModel is built from. */
export interface UNet2DConfig extends ImageSpace {
  /** Tells configurations apart. */
  readonly kind: "unet2d";
  /** Channels at each resolution, halving from one to the next. */
  readonly widths: readonly number[];
  /** At which resolutions self-attention follows the residual blocks on the way down. */
  readonly attentionDown: readonly boolean[];
  /** The same on the way up. */
  readonly attentionUp: readonly boolean[];
  /** Whether it lies between the two blocks of the lowest resolution. */
  readonly attentionMiddle: boolean;
  /** Channels of a head; null for one head of all. */
  readonly headSize: number | null;
  /** Residual blocks at each resolution on the way down; one more on the way up. */
  readonly blocks: number;
  /** Of the group norms; they divide every width. */
  readonly groups: number;
  /** Added to their variances. */
  readonly normEpsilon: number;
  /** Pixels around an image before it is halved; 0 is one at the right and at the bottom. */
  readonly downPadding: 0 | 1;
  /** How the embedding of time and class enters a residual block. */
  readonly embedBy: BlockEmbedding["by"];
  /** Features of the time step: frequencies 10000^(-k / (n / 2 - shift)). */
  readonly frequencyShift: number;
  /** Whether its cosines come before its sines. */
  readonly cosinesFirst: boolean;
  /** Rows of the table of class embeddings; 0 for a network that knows no classes. */
  readonly classRows: number;
}

/**
 * Builds the U-Net. One that knows no classes answers the same for all of them; one with a row for each of its classes and
 * no more has no null class: both are sampled from with guidance scale 1.
 *
 * @throws if height or width cannot be halved often enough, or numbers do not fit together
 * @example
 * const tiny = igds.nn.unet2d({
 *   ...igds.nn.unet2dDefaults,
 *   height: 8,
 *   width: 8,
 *   channels: 3,
 *   classes: 10,
 *   widths: [8, 8, 16, 16],
 *   groups: 4,
 * });
 * const weights = tiny.parameters.initialise(0);
 * tiny.apply(
 *   weights,
 *   igds.tf.zeros([2, 8, 8, 3]),
 *   igds.tf.tensor1d([5, 5], "int32"),
 *   igds.tf.tensor1d([0, 1], "int32"),
 * ).shape; // [2, 8, 8, 3]
 */
export function unet2d(config: UNet2DConfig): DenoiserNetwork {
  const { widths, blocks, groups, normEpsilon, channels, classes, classRows } = config;
  check(config);
  const p = new Parameters();
  const levels = widths.length;
  const normal = { groups, epsilon: normEpsilon };
  const size = 4 * widths[0]!;
  const embed: BlockEmbedding = { size, by: config.embedBy };
  const headsOf = (width: number) => (config.headSize ? Math.floor(width / config.headSize) : 1);
  const attention = (path: string, width: number, normed = true) =>
    attentionBlock(p, path, width, headsOf(width), normed ? normal : null);
  /** A residual block, with attention after it where the resolution has any. */
  const step = (at: string, i: number, from: number, to: number, attentive: boolean): EmbeddedLayer => {
    const block = resnetBlock(p, `${at}.resnets.${i}`, from, to, normal, embed);
    if (!attentive) return block;
    const attend = attention(`${at}.attentions.${i}`, to);
    return (w, x, e) => attend(w, block(w, x, e));
  };

  const time1 = dense<Tensor2D>(p, "time_embedding.linear_1", widths[0]!, size);
  const time2 = dense<Tensor2D>(p, "time_embedding.linear_2", size, size);
  const classTable = classRows > 0 ? embedding(p, "class_embedding", classRows, size) : null;
  const first = conv(p, "conv_in", channels, widths[0]!);
  const skipWidths = [widths[0]!];
  const down = widths.map((width, level) => {
    const at = `down_blocks.${level}`;
    const from = widths[Math.max(0, level - 1)]!;
    const steps = Array.from({ length: blocks }, (_, i) => {
      skipWidths.push(width);
      return step(at, i, i === 0 ? from : width, width, config.attentionDown[level]!);
    });
    const halve =
      level < levels - 1 ? downsampler(p, `${at}.downsamplers.0`, width, config.downPadding) : null;
    if (halve) skipWidths.push(width);
    return { steps, halve };
  });
  const lowest = widths[levels - 1]!;
  const middle = [
    resnetBlock(p, "mid_block.resnets.0", lowest, lowest, normal, embed),
    // As diffusers has it: a middle that is modulated does not norm before its attention.
    ...(config.attentionMiddle ? [attention("mid_block.attentions.0", lowest, embed.by === "shift")] : []),
    resnetBlock(p, "mid_block.resnets.1", lowest, lowest, normal, embed),
  ];
  let before = lowest;
  const up = [...widths].reverse().map((width, level) => {
    const at = `up_blocks.${level}`;
    const steps = Array.from({ length: blocks + 1 }, (_, i) => {
      const from = (i === 0 ? before : width) + skipWidths.pop()!;
      return step(at, i, from, width, config.attentionUp[level]!);
    });
    before = width;
    const double: Layer<Tensor4D> | null =
      level < levels - 1 ? upsampler(p, `${at}.upsamplers.0`, width) : null;
    return { steps, double };
  });
  const lastNorm = norm(p, "conv_norm_out", widths[0]!, groups, { epsilon: normEpsilon, activation: "silu" });
  const last = conv(p, "conv_out", widths[0]!, channels, { gain: 0 });
  const frequencies = Float32Array.from({ length: widths[0]! / 2 }, (_, k) =>
    Math.exp((-Math.log(10000) * k) / (widths[0]! / 2 - config.frequencyShift)),
  );

  const timeFeatures = (t: Tensor1D): Tensor2D => {
    const features = sinusoids(t, frequencies);
    if (config.cosinesFirst) return features;
    const [cosines, sines] = tf.split(features, 2, 1);
    return tf.concat([sines!, cosines!], 1) as Tensor2D;
  };
  return {
    config: { ...config, ...(classRows === classes + 1 ? {} : { nullClass: false }) },
    parameters: p,
    apply(w: Weights, x: Tensor4D, t: Tensor1D, y: Tensor1D): Tensor4D {
      const time = time2(w, silu(time1(w, timeFeatures(t))));
      const e = classTable ? tf.add<Tensor2D>(time, classTable(w, y)) : time;
      let h = first(w, x);
      const skips = [h];
      for (const { steps, halve } of down) {
        for (const layer of steps) {
          h = tf.tidy(() => layer(w, h, e));
          skips.push(h);
        }
        if (halve) {
          h = halve(w, h);
          skips.push(h);
        }
      }
      for (const layer of middle) h = (layer as EmbeddedLayer)(w, h, e);
      for (const { steps, double } of up) {
        for (const layer of steps) h = tf.tidy(() => layer(w, tf.concat([h, skips.pop()!], 3), e));
        if (double) h = double(w, h);
      }
      return last(w, lastNorm(w, h));
    },
  };
}

/** DDPM's for CIFAR-10 (google/ddpm-cifar10-32): 35.7 million weights, 32 x 32, no classes. */
export const unet2dDefaults: Omit<UNet2DConfig, keyof ImageSpace> = {
  kind: "unet2d",
  widths: [128, 256, 256, 256],
  attentionDown: [false, true, false, false],
  attentionUp: [false, false, true, false],
  attentionMiddle: true,
  headSize: null,
  blocks: 2,
  groups: 32,
  normEpsilon: 1e-6,
  downPadding: 0,
  embedBy: "shift",
  frequencyShift: 1,
  cosinesFirst: false,
  classRows: 0,
};

function check(config: UNet2DConfig): void {
  const { widths, groups, height, width, classes, classRows, attentionDown, attentionUp, headSize } = config;
  const divisor = 2 ** (widths.length - 1);
  if (height % divisor !== 0 || width % divisor !== 0)
    throw new Error(
      `A U-Net with ${widths.length} resolutions needs height and width divisible by ${divisor}; found ${height} x ${width}.`,
    );
  const uneven = widths.find((channels) => channels % groups !== 0 || channels % 2 !== 0);
  if (widths.length === 0 || uneven !== undefined)
    throw new Error(
      `A U-Net with ${groups} groups needs even widths that they divide; found ${uneven ?? "none"}.`,
    );
  if (attentionDown.length !== widths.length || attentionUp.length !== widths.length)
    throw new Error(
      `A U-Net with ${widths.length} resolutions needs as many entries of attentionDown and attentionUp; found ` +
        `${attentionDown.length} and ${attentionUp.length}.`,
    );
  const split = headSize ? widths.find((channels) => channels % headSize !== 0) : undefined;
  if (split !== undefined)
    throw new Error(`Heads of ${headSize} channels need widths that they divide; found ${split}.`);
  if (classRows !== 0 && classRows !== classes && classRows !== classes + 1)
    throw new Error(
      `A U-Net for ${classes} classes has ${classes} class embeddings, or one more for no class; found ${classRows}.`,
    );
}

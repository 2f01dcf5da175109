// A class-conditional U-Net for small images (Ronneberger et al. 2015; Ho et al. 2020; residual blocks
// with scale and shift by the embedding as in Dhariwal & Nichol 2021). The default backbone.

import { type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { silu } from "../tensor/fused";
import type { DenoiserNetwork, ImageSpace } from "./denoiserNetwork";
import { attention, conv, dense, embedding, norm, residual, timeFeatures, upsample } from "./layers";
import { Parameters, type Weights } from "./parameters";
import { expectGroups, expectWhole } from "./wholeNumbers";

/** What a U-Net is built from. */
export interface UNetConfig extends ImageSpace {
  /** Tells configurations apart. */
  readonly kind: "unet";
  /** Channels at each resolution, halving from one to the next. */
  readonly widths: readonly number[];
  /** Residual blocks at each resolution, on the way down and on the way up. */
  readonly blocks: readonly number[];
  /** Heads of the attention; they divide the last width. */
  readonly heads: number;
  /** Of the group norms; they divide every width. */
  readonly groups: number;
}

/** About 1.25 million weights for 28 x 28 images: crisp Fashion-MNIST images after some thousand steps. */
export const unetDefaults: Omit<UNetConfig, keyof ImageSpace> = {
  kind: "unet",
  widths: [32, 64, 128],
  blocks: [1, 1, 2],
  heads: 4,
  groups: 8,
};

type Block = (w: Weights, x: Tensor4D, embedded: Tensor2D) => Tensor4D;

/**
 * Builds a U-Net (Ronneberger et al. 2015; Ho et al. 2020; blocks of Dhariwal & Nichol 2021). Self-attention runs at
 * the lowest resolution.
 *
 * @throws if height or width cannot be halved often enough, or numbers do not fit together
 * @example
 * const network = igds.nn.unet({ ...igds.nn.unetDefaults, height: 28, width: 28, channels: 1, classes: 10 });
 */
export function unet(config: UNetConfig): DenoiserNetwork {
  const { widths, blocks, heads, groups, channels, classes } = config;
  check(config);
  const levels = widths.length;
  const p = new Parameters();
  const embedded = 4 * widths[0];
  const timeDense1 = dense<Tensor2D>(p, "time.1", embedded, embedded);
  const timeDense2 = dense<Tensor2D>(p, "time.2", embedded, embedded);
  const classTable = embedding(p, "class", classes + 1, embedded);
  const first = conv(p, "first", channels, widths[0]);

  const stack = (path: string, count: number, from: number, to: number, attentive: boolean): Block => {
    const parts = Array.from({ length: count }, (_, i): Block => {
      const block = residual(p, `${path}.${i}`, i === 0 ? from : to, to, embedded, groups);
      if (!attentive) return block;
      const attend = attention(p, `${path}.${i}.attention`, to, heads, groups);
      return (w, x, e) => attend(w, block(w, x, e));
    });
    return (w, x, e) => parts.reduce((h, part) => part(w, h, e), x);
  };

  const down = widths.map((width, level) => ({
    enter: level === 0 ? null : conv(p, `down.${level}.enter`, widths[level - 1], width, { stride: 2 }),
    block: stack(`down.${level}`, blocks[level], width, width, level === levels - 1),
  }));
  const up = widths
    .slice(0, -1)
    .map((width, level) => ({
      enter: upsample(p, `up.${level}.enter`, widths[level + 1], width),
      block: stack(`up.${level}`, blocks[level], 2 * width, width, false),
    }))
    .reverse();
  const lastNorm = norm(p, "last.norm", widths[0], groups, { activation: "silu" });
  const last = conv(p, "last", widths[0], channels, { gain: 0 });

  return {
    config,
    parameters: p,
    apply(w, x, t, y) {
      const time = timeDense2(w, silu(timeDense1(w, timeFeatures(t, embedded))));
      const e = silu(tf.add(time, classTable(w, y)) as Tensor2D);
      let h = first(w, x);
      const skips: Tensor4D[] = [];
      for (const { enter, block } of down) {
        if (enter) h = enter(w, h);
        h = block(w, h, e);
        skips.push(h);
      }
      skips.pop();
      for (const { enter, block } of up)
        h = block(w, tf.concat([enter(w, h), skips.pop() as Tensor4D], 3), e);
      return last(w, lastNorm(w, h));
    },
  };
}

function check({ widths, blocks, heads, groups, height, width }: UNetConfig): void {
  expectGroups("A U-Net", widths, groups);
  expectWhole("A U-Net", { blocks, heads });
  const levels = widths.length;
  const divisor = 2 ** (levels - 1);
  if (height % divisor !== 0 || width % divisor !== 0)
    throw new Error(
      `A U-Net with ${levels} resolutions needs height and width divisible by ${divisor}; ` +
        `the images are ${height} x ${width}. Use fewer widths or resize the images.`,
    );
  if (blocks.length !== levels)
    throw new Error(
      `A U-Net with ${levels} resolutions needs as many entries of blocks; found ${blocks.length}.`,
    );
  const last = widths[levels - 1];
  if (last % heads !== 0)
    throw new Error(`A U-Net of width ${last} at the end needs heads that divide it; found ${heads}.`);
}

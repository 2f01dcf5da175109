// A classifier of noisy images that knows how noisy they are, q(y | x_t, t): the encoder half of the U-Net
// with a mean over the pixels at the end (Dhariwal & Nichol 2021, section 4).

import { type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { silu } from "../tensor/fused";
import type { ImageSpace } from "./denoiserNetwork";
import { conv, dense, norm, residual, timeFeatures } from "./layers";
import { Parameters, type Weights } from "./parameters";
import { expectGroups } from "./wholeNumbers";

/** What a classifier of noisy images is built from. */
export interface TimeClassifierConfig extends ImageSpace {
  /** Tells it from other networks in a checkpoint. */
  readonly kind: "time-classifier";
  /** Channels at each resolution, halving from one to the next. */
  readonly widths: readonly number[];
  /** Of the group norms; they divide every width. */
  readonly groups: number;
}

/** Sizes of the shipped classifier. */
export const timeClassifierDefaults: Omit<TimeClassifierConfig, keyof ImageSpace> = {
  kind: "time-classifier",
  widths: [32, 64, 128],
  groups: 8,
};

/** A classifier of noisy images, as a function of its weights. */
export interface TimeClassifier {
  /** What the checkpoint stores to build the network again. */
  readonly config: TimeClassifierConfig;
  /** Names, shapes and initial values of its weights. */
  readonly parameters: Parameters;
  /**
   * Scores each class: a pure function, which can be compiled and differentiated, once (see `dense`).
   * @param x x_t, [N, H, W, channels]
   * @param t time step, [N]
   * @returns logits, [N, classes]
   */
  apply(w: Weights, x: Tensor4D, t: Tensor1D): Tensor2D;
}

/**
 * A small convolutional classifier that is told how noisy its images are: the encoder half of a U-Net, and a mean over
 * the pixels (Dhariwal & Nichol 2021, section 4).
 *
 * @throws RangeError unless widths and groups are whole numbers, and the groups divide every width
 * @example
 * const network = igds.nn.timeClassifier({
 *   ...igds.nn.timeClassifierDefaults,
 *   height: 28,
 *   width: 28,
 *   channels: 1,
 *   classes: 10,
 * });
 */
export function timeClassifier(config: TimeClassifierConfig): TimeClassifier {
  const { widths, groups, channels, classes } = config;
  expectGroups("A classifier of noisy images", widths, groups);
  const p = new Parameters();
  const embedded = 4 * widths[0];
  const time1 = dense<Tensor2D>(p, "time.1", embedded, embedded);
  const time2 = dense<Tensor2D>(p, "time.2", embedded, embedded);
  const levels = widths.map((width, level) => ({
    enter:
      level === 0
        ? conv(p, "first", channels, width)
        : conv(p, `down.${level}.enter`, widths[level - 1], width, { stride: 2 }),
    block: residual(p, `down.${level}`, width, width, embedded, groups),
  }));
  const top = widths[widths.length - 1];
  const lastNorm = norm(p, "last.norm", top, groups, { activation: "silu" });
  const head = dense<Tensor2D>(p, "head", top, classes);
  return {
    config,
    parameters: p,
    apply(w, x, t) {
      const e = silu(time2(w, silu(time1(w, timeFeatures(t, embedded)))));
      const h = levels.reduce((input, { enter, block }) => block(w, enter(w, input), e), x);
      return head(w, tf.mean(lastNorm(w, h), [1, 2]) as Tensor2D);
    },
  };
}

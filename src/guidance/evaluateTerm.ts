// A guidance term by itself, at given images: to look at one, and to test one that you wrote.
import { alphaBar, T } from "../diffusion/schedule";
import type { ImageBatch } from "../tensor/batch";
import type { Term } from "./term";
import { compileTerms } from "./termGraph";

/** At what a term is looked at, besides the images. */
export interface EvaluateTermOptions {
  /** Class of each image; images of a class are neighbours and every class has as many. */
  readonly labels: ArrayLike<number>;
  /** Time step, 0..T-1. Default 0: nearly clean images. */
  readonly t?: number;
  /** The predicted noise, of which terms of x_t are a function too. Default: none. */
  readonly epsilon?: ImageBatch;
}

/**
 * What a term is worth to each image and which way it pushes it.
 *
 * @param term its tensors stay the caller's
 * @param images x0hat, [N, H, W, C]
 * @returns `value`, [N], in nats if the term is a bound, and `gradient`, of the sum of the values by x0hat, shaped like the
 *   images
 * @throws RangeError if there is not a label for each image, one is no class that the term knows, or `t` is no time step;
 *   Error if the labels do not lie class after class
 * @example
 * const { value, gradient } = igds.guidance.evaluateTerm(igds.guidance.particle(), images, {
 *   labels: [0, 0, 1, 1],
 * });
 */
export function evaluateTerm(
  term: Term,
  images: ImageBatch,
  { labels, t = 0, epsilon }: EvaluateTermOptions,
): { value: Float32Array; gradient: ImageBatch } {
  const [count, height, width, channels] = images.shape;
  if (labels.length !== count)
    throw new RangeError(
      `evaluateTerm: expected a label for each of ${count} images, found ${labels.length} labels.`,
    );
  if (!(t in alphaBar))
    throw new RangeError(`evaluateTerm: expected t as a time step from 0 to ${T - 1}, found ${t}.`);
  const graph = compileTerms({ labels, shape: [height, width, channels], terms: [term], eager: true });
  const x0 = images.data;
  const noise = epsilon?.data ?? new Float32Array(x0.length);
  try {
    const [{ value, gradient }] = graph.at({ t, alphaBar: alphaBar[t], x0, epsilon: noise }).terms;
    return { value, gradient: { data: gradient, shape: images.shape } };
  } finally {
    graph.dispose();
  }
}

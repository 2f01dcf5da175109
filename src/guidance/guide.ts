// Adds guidance terms up and turns them into a change of x0hat.
//
// Guidance by a potential U replaces epsilon by epsilon - s sqrt(1 - alphaBar) grad U (DDIM). That moves x0hat, which
// every sampler takes: for a term of x_t by
//     x0hat += weight (1 - alphaBar) / sqrt(alphaBar) grad_{x_t} U.
// DDPM's own rule shifts the mean of the step by s Sigma grad U instead. With a = alphaBar_t, b = alphaBar_{t-1} and
// beta = 1 - a / b, that mean has x0hat with the factor sqrt(b) beta / (1 - a), so our shift of x0hat moves it by
//     weight beta sqrt(b / a) grad U,       against       s beta (1 - b) / (1 - a) grad U
// with the posterior variance as Sigma: ours is the larger, by sqrt(b / a) (1 - a) / (1 - b), which is near 1 where a step
// is small against the noise left and grows without limit at the last steps. (With Sigma = beta it is sqrt(b / a) alone.)
// It is what epsilon replaced as above gives in DDPM's mean, and the same weight is the same x0hat in all samplers.
//
// A term of x0hat needs grad_{x_t} U = J^T grad_{x0} U with the Jacobian J of the denoiser.
//   exact  J^T is applied by a pass back through the network, one per step whatever the number of terms.
//   x0     Holding epsilon constant (Tweedie) would give J = 1 / sqrt(alphaBar), which explodes at high noise,
//          where x0hat in truth hardly depends on x_t. We take J of a denoiser for images of variance sigma^2
//          per pixel, which is as cheap:
//              x0hat += weight r_t^2 grad_{x0} U,   r_t^2 = sigma^2 s_t^2 / (sigma^2 + s_t^2),
//          the variance of x0 given x_t for such images (as in PiGDM, Song et al. 2023): the larger the doubt,
//          the further a term may move the image, and never further than the images themselves vary.
// Where the denoiser is that of such images, the two are the same.
import defaults from "lodash/defaults";
import { actsAt } from "../diffusion/guidanceInterval";
import type { Guide, GuideInput, GuideOutput } from "../diffusion/sample";
import type { BoundRecord, TermRecord } from "../diffusion/stepRecord";
import { type Push, worthOf } from "./pushes";
import type { GradientBy, WeightedTerm } from "./term";
import { compileTerms, type TermGraph, type TermGraphOptions, type TermValues } from "./termGraph";

/** How gradients become movement. */
export interface MovementOptions {
  /** Largest change of x0hat in one step, as root mean square over the pixels of an image. Default 0.3. */
  readonly largestChange?: number;
  /**
   * How a term of x0hat moves it: by its gradient times r_t^2 = sigma^2 s_t^2 / (sigma^2 + s_t^2) with sigma^2 =
   * `GuideOptions.imageVariance` and s_t^2 = (1 - alphaBar) / alphaBar (`x0`), or by the gradient by x_t, taken back
   * through the denoiser, one pass for all terms (`exact`). Terms of x_t need neither. Default `x0`.
   */
  readonly gradient?: "x0" | "exact";
  /**
   * `potential` takes gradients as they are. `unit` first scales the gradient of each term and image to one length,
   * so that weight 1 moves x0hat by r_t, root mean square: weights then compare movements, not nats. Not with `exact`, which
   * takes all terms through the denoiser as one sum. Default `potential`.
   */
  readonly norm?: "potential" | "unit";
}

/** What a guide is made of: a set of images, the terms that move it, and how far they may. */
export interface GuideOptions extends Omit<TermGraphOptions, "terms">, MovementOptions {
  /** Each term once; none for a guide that only records the bounds. */
  readonly terms: readonly WeightedTerm[];
  /**
   * sigma^2: variance of a pixel over images of this kind, on the scale [-1, 1]. The larger it is, the further terms of
   * x0hat move an image under `gradient: "x0"`.
   */
  readonly imageVariance: number;
}

export const guideDefaults: Required<MovementOptions> = {
  largestChange: 0.3,
  gradient: "x0",
  norm: "potential",
};

/** What a guide holds in the engine. */
export interface CompiledTerms {
  /** Frees the compiled terms. */
  dispose(): void;
}

/**
 * A guide for one set of images. Compiles at the first step; use it for many runs of the same labels.
 *
 * @returns the guide; `dispose` frees what it holds in the engine. It has copies of the terms'
 *   tensors, which stay whose they are
 * @throws Error if the labels do not lie class after class, equally many of each; if a term is given twice; if there are
 *   neither terms nor bounds; if `gradient` is `exact` where all terms are of x_t, or beside `norm: "unit"`; and for numbers
 *   out of their range, or a label that is no class that a term knows. At a step: if a gradient is not finite, if `exact` has
 *   no denoiser to go through, and after `dispose`
 * @example
 * const guide = igds.guidance.makeGuide({
 *   labels,
 *   shape: [28, 28, 1],
 *   imageVariance: 0.25,
 *   terms: [{ term: igds.guidance.particle(), weight: 200 }],
 * });
 * const { images } = await igds.sample(denoiser, { labels, seed: 0, steps: 5, guide });
 */
export function makeGuide(options: GuideOptions): Guide & CompiledTerms {
  const graph = compileTerms({ ...options, terms: options.terms.map(({ term }) => term) });
  return Object.assign(guideBy(graph, options), { dispose: () => graph.dispose() });
}

/** As `makeGuide`, with terms that are compiled already: `terms` gives their weights and windows, in their order. */
export function guideBy(
  graph: Omit<TermGraph, "dispose">,
  options: Pick<GuideOptions, "imageVariance"> &
    MovementOptions & { readonly terms: readonly Omit<WeightedTerm, "term">[] },
): Guide {
  const { largestChange, gradient: by, norm } = defaults({}, options, guideDefaults);
  expectMovement({ largestChange, gradient: by, norm });
  const { imageVariance } = options;
  if (!(imageVariance > 0 && imageVariance < Number.POSITIVE_INFINITY))
    throw new RangeError(
      `imageVariance: expected a number > 0, such as 0.25 for pixels in [-1, 1], found ${imageVariance}.`,
    );
  const { terms, bounds, shape } = graph.options;
  const names = terms.map(({ name }) => name);
  if (options.terms.length !== terms.length)
    throw new Error(
      `Expected a weight for each term (${names.join(", ") || "none"}); found ${options.terms.length} weights.`,
    );
  options.terms.forEach((term, k) => {
    expectActing(names[k], term);
  });
  if (by === "exact" && terms.length > 0 && terms.every((term) => term.by === "xt"))
    throw new Error(
      `Expected a term of x0hat, whose gradient "exact" takes through the denoiser; found terms of x_t alone ` +
        `(${names.join(", ")}), which need none. Leave out gradient: "exact".`,
    );
  const n = graph.images;
  const size = shape[0] * shape[1] * shape[2];
  return {
    at(input: GuideInput): GuideOutput {
      const values = graph.at(input);
      const s2 = (1 - input.alphaBar) / input.alphaBar;
      const scale = { x0: (imageVariance * s2) / (imageVariance + s2), xt: s2 };
      // Sums over the terms, each by its own variable, of weight times gradient.
      const sums: Partial<Record<GradientBy, Float32Array>> = {};
      const pushes: Push[] = [];
      const records: TermRecord[] = terms.map((term, k) => {
        const { weight, window } = options.terms[k];
        const { value, gradient } = values.terms[k];
        const gradientNorm = norms(gradient, n);
        const used = actsAt(input.t, window) ? weight : 0;
        const along = new Float32Array(n);
        pushes.push({ measures: term.measures, gradient, along });
        if (used !== 0) {
          if (!gradient.every(Number.isFinite)) throw notFinite(term.name, input.t);
          // `gradient` is by x0hat: by x_t it is that divided by sqrt(alphaBar), hence s2 for terms of x_t.
          const unit = (Math.sqrt(size) * Math.sqrt(scale.x0)) / scale[term.by];
          sums[term.by] ??= new Float32Array(n * size);
          const sum = sums[term.by] as Float32Array;
          gradientNorm.forEach((length, image) => {
            const factor = norm === "unit" ? (length > 0 ? (used * unit) / length : 0) : used;
            along[image] = factor * scale[term.by];
            for (let i = image * size; i < (image + 1) * size; i++) sum[i] += factor * gradient[i];
          });
        }
        return { name: term.name, value, gradientNorm, weight: used };
      });
      const change = total(sums, scale, by === "exact" ? input : null);
      if (change && !change.every(Number.isFinite))
        throw notFinite(names.join(" + "), input.t, by === "exact" ? "through the denoiser " : "");
      const kept = change
        ? keptOf(input, change, limit(change, n, largestChange))
        : new Float32Array(n * size);
      // Through the denoiser, terms are pulled back as one sum: what each of them did cannot be told.
      const worth = by === "exact" ? [] : worthOf(pushes, kept);
      return {
        change,
        terms: worth.length > 0 ? records.map((record, k) => ({ ...record, worth: worth[k] })) : records,
        ...(bounds ? { bounds: boundRecord(values) } : {}),
      };
    },
  };
}

/** @throws RangeError for settings that are none, or do not go together */
export function expectMovement({ largestChange, gradient, norm }: Required<MovementOptions>): void {
  if (!(largestChange > 0))
    throw new RangeError(`largestChange: expected a number > 0, such as 0.3, found ${largestChange}.`);
  if (gradient !== "x0" && gradient !== "exact")
    throw new RangeError(`gradient: expected "x0" or "exact", found ${JSON.stringify(gradient)}.`);
  if (norm !== "potential" && norm !== "unit")
    throw new RangeError(`norm: expected "potential" or "unit", found ${JSON.stringify(norm)}.`);
  if (gradient === "exact" && norm === "unit")
    throw new RangeError(
      'norm: "unit" gives each term a length of its own, but gradient: "exact" takes all of them through the denoiser as ' +
        "one sum, which does not keep lengths. Leave out one of the two.",
    );
}

function expectActing(name: string, { weight, window }: Omit<WeightedTerm, "term">): void {
  if (!Number.isFinite(weight))
    throw new RangeError(`Expected a finite weight of the guidance term "${name}", found ${weight}.`);
  if (window && !(window[0] <= window[1]))
    throw new RangeError(
      `Expected time steps [low, high] as the window of the guidance term "${name}", low <= high, found ` +
        `[${window.join(", ")}].`,
    );
}

function boundRecord({ bound }: TermValues): BoundRecord {
  return {
    prototype: bound("prototype"),
    contextual: { low: bound("low"), high: bound("high") },
    context: bound("context"),
  };
}

/** The change of x0hat from the sums of gradients; null if no term acts. `through` is given for exact gradients. */
function total(
  { x0, xt }: Partial<Record<GradientBy, Float32Array>>,
  scale: Readonly<Record<GradientBy, number>>,
  through: GuideInput | null,
): Float32Array | null {
  let byX0 = x0;
  let scaleX0 = scale.x0;
  if (x0 && through) {
    if (!through.pullback)
      throw new Error(
        'gradient: "exact" goes back through the denoiser, but the sampling loop offers no `pullback`. Sample with ' +
          'steps(), sample() or a Run, or use gradient: "x0".',
      );
    byX0 = through.pullback(x0);
    scaleX0 = (1 - through.alphaBar) / Math.sqrt(through.alphaBar);
  }
  const parts = [
    [byX0, scaleX0],
    [xt, scale.xt],
  ] as const;
  let change: Float32Array | null = null;
  for (const [sum, factor] of parts) {
    if (!sum) continue;
    change ??= new Float32Array(sum.length);
    for (let i = 0; i < sum.length; i++) change[i] += factor * sum[i];
  }
  return change;
}

function notFinite(term: string, t: number, how = ""): Error {
  return new Error(
    `The gradient of the guidance term "${term}" ${how}is not finite at t = ${t}. Lower its weight or check its inputs.`,
  );
}

/** Euclidean norm of each of n rows. */
function norms(values: Float32Array, n: number): Float32Array {
  const size = values.length / n;
  return Float32Array.from({ length: n }, (_, row) => {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) sum += values[i] ** 2;
    return Math.sqrt(sum);
  });
}

/**
 * The share of its push that each pixel keeps, where the change of a row has been shortened and x0hat stays in bounds.
 * @param shares what was kept of each row
 */
function keptOf({ x0, bounds }: GuideInput, change: Float32Array, shares: Float32Array): Float32Array {
  const size = change.length / shares.length;
  return change.map((moved, i) => {
    const share = shares[Math.floor(i / size)];
    if (!bounds || moved === 0) return share;
    const room = (moved > 0 ? bounds[1] : bounds[0]) - x0[i];
    return share * Math.min(1, Math.max(0, room / moved));
  });
}

/**
 * Shortens each of n rows to at most `largest` root mean square, keeping its direction.
 * @returns the share of its length that each row keeps
 */
function limit(values: Float32Array, n: number, largest: number): Float32Array {
  const size = values.length / n;
  const most = largest * Math.sqrt(size);
  return norms(values, n).map((norm, row) => {
    if (norm <= most) return 1;
    for (let i = row * size; i < (row + 1) * size; i++) values[i] *= most / norm;
    return most / norm;
  });
}

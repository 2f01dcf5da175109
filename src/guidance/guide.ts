// Adds guidance terms up and turns them into a change of x0hat.
//
// Guidance by a potential U replaces epsilon by epsilon - s sqrt(1 - alphaBar) grad U (DDIM) or shifts the
// mean by s Sigma grad U (DDPM); both move x0hat. For a term of x_t that is
//     x0hat += weight (1 - alphaBar) / sqrt(alphaBar) grad_{x_t} U.
// A term of x0hat needs grad_{x_t} U = J^T grad_{x0} U with the Jacobian J of the denoiser.
//   exact  J^T is applied by a pass back through the network, one per step whatever the number of terms.
//   x0     Holding epsilon constant (Tweedie) would give J = 1 / sqrt(alphaBar), which explodes at high noise,
//          where x0hat in truth hardly depends on x_t. We take J of a denoiser for images of variance sigma^2
//          per pixel, which is as cheap:
//              x0hat += weight r_t^2 grad_{x0} U,   r_t^2 = sigma^2 s_t^2 / (sigma^2 + s_t^2),
//          the variance of x0 given x_t for such images (as in PiGDM, Song et al. 2023): the larger the doubt,
//          the further a term may move the image, and never further than the images themselves vary.
// Where the denoiser is that of such images, the two are the same.
import type { Guide, GuideInput, GuideOutput } from "../diffusion/sample";
import type { BoundRecord, TermRecord } from "../diffusion/stepRecord";
import { type CompiledWithState, compileWith, type Tensors } from "../tensor/compile";
import { type Scalar, type Tensor, type Tensor1D, type Tensor4D, tf } from "../tensor/engine";
import type { GradientBy, Term, TermContext, WeightedTerm } from "./term";

/** The bounds that are recorded at every step, whether or not they guide. */
export interface BoundTerms {
  readonly prototype: Term;
  readonly mixture: { readonly low: Term; readonly high: Term };
  readonly context: Term;
}

export interface GuideOptions {
  /** Class of each image; images of a class must be neighbours and every class must have as many. */
  readonly labels: ArrayLike<number>;
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly terms: readonly WeightedTerm[];
  readonly bounds?: BoundTerms;
  /** sigma^2 above: how far images of this kind vary, per pixel. */
  readonly imageVariance: number;
  /** Largest change of x0hat in one step, as root mean square over the pixels of an image. Default 0.3. */
  readonly largestChange?: number;
  /** How terms of x0hat reach x_t: by a formula, or through the denoiser (above). Default `x0`. */
  readonly gradient?: "x0" | "exact";
  /**
   * `potential` takes gradients as they are. `unit` first scales the gradient of each term and image to one length,
   * so that weight 1 moves x0hat by r_t, root mean square: weights then compare movements, not nats. Default `potential`.
   */
  readonly norm?: "potential" | "unit";
}

export const guideDefaults = { largestChange: 0.3, gradient: "x0", norm: "potential" } as const;

/**
 * Number of images of each class in a set that lies class after class.
 * @throws if the labels do not lie so
 */
export function imagesPerClass(labels: ArrayLike<number>): { ipc: number; groups: number } {
  let ipc = 0;
  while (ipc < labels.length && labels[ipc] === labels[0]) ipc++;
  const seen = new Set<number>();
  for (let start = 0; start < labels.length; start += ipc) {
    const label = labels[start];
    for (let i = 0; i < ipc; i++)
      if (labels[start + i] !== label || seen.has(label))
        throw new Error(
          "Guided images must lie class after class, equally many of each, such as 0 0 1 1 2 2; found " +
            `${Array.from(labels).slice(0, 24).join(" ")}. Sort them, or guide each class by itself.`,
        );
    seen.add(label);
  }
  return { ipc, groups: labels.length / ipc };
}

/**
 * A guide for one set of images. Compiles once; use it for many runs of the same labels.
 *
 * @returns the guide; `dispose` frees what it holds in the engine
 */
export function makeGuide(options: GuideOptions): Guide & { dispose(): void } {
  const { terms, bounds, imageVariance, shape } = options;
  const { largestChange, gradient: by, norm } = { ...guideDefaults, ...options };
  const labels = Int32Array.from(options.labels);
  const { ipc, groups } = imagesPerClass(labels);
  const n = labels.length;
  const size = shape[0] * shape[1] * shape[2];
  const names = terms.map(({ term }) => term.name);
  if (new Set(names).size < names.length)
    throw new Error(`Each guidance term may be given once; found ${names.join(", ")}.`);
  if (by === "exact" && terms.length > 0 && terms.every(({ term }) => term.by === "xt"))
    throw new Error(
      `Expected a term of x0hat, whose gradient "exact" takes through the denoiser; found terms of x_t alone ` +
        `(${names.join(", ")}), which need none. Leave out gradient: "exact".`,
    );
  const observed: [string, Term][] = bounds
    ? [
        ["prototype", bounds.prototype],
        ["low", bounds.mixture.low],
        ["high", bounds.mixture.high],
        ["context", bounds.context],
      ]
    : [];
  // A bound that also guides is computed once, under the key of its term.
  const keyOf = (name: string, term: Term): string => {
    const guiding = terms.findIndex((weighted) => weighted.term === term);
    return guiding < 0 ? name : `term${guiding}`;
  };
  const boundKeys = Object.fromEntries(observed.map(([name, term]) => [name, keyOf(name, term)]));
  const entries: { key: string; term: Term; guided: boolean }[] = [
    ...terms.map(({ term }, i) => ({ key: `term${i}`, term, guided: true })),
    ...observed
      .filter(([name]) => boundKeys[name] === name)
      .map(([key, term]) => ({ key, term, guided: false })),
  ];
  if (entries.length === 0) throw new Error("A guide needs at least one term or the bounds to record.");
  const numbersAt = (t: number): Record<string, number> =>
    Object.fromEntries(
      entries.flatMap(({ key, term }) =>
        Object.entries(term.numbers?.(t) ?? {}).map(([name, value]) => [`${key} ${name}`, value]),
      ),
    );
  const numberNames = Object.keys(numbersAt(0));
  const state: Tensors = Object.fromEntries(
    entries.flatMap(({ key, term }) =>
      Object.entries(term.tensors).map(([name, tensor]) => [`${key} ${name}`, tensor]),
    ),
  );
  const ofKey = <T extends Tensor>(key: string, all: Readonly<Record<string, T>>): Record<string, T> => {
    const own: Record<string, T> = {};
    for (const [name, tensor] of Object.entries(all))
      if (name.startsWith(`${key} `)) own[name.slice(key.length + 1)] = tensor;
    return own;
  };

  // One graph gives every term's values and gradients; what terms share, such as distances, is computed once.
  const evaluate = (
    held: Tensors,
    x0: Tensor,
    epsilon: Tensor,
    ...rest: Tensor[]
  ): Record<string, Tensor> => {
    const [t, y, toImage, toNoise, s2, ...numbers] = rest;
    const byName = Object.fromEntries(numberNames.map((name, i) => [name, numbers[i] as Scalar]));
    const results: Record<string, Tensor> = {};
    for (const { key, term, guided } of entries) {
      const value = (image: Tensor): Tensor => {
        const context: TermContext = {
          xt: tf.add(tf.mul(image, toImage), tf.mul(epsilon, toNoise)) as Tensor4D,
          labels: y as Tensor1D,
          groups,
          ipc,
          t: t as Tensor1D,
          s2: s2 as Scalar,
          numbers: ofKey(key, byName),
        };
        return term.value(ofKey(key, held), image as Tensor4D, context);
      };
      results[`${key} value`] = value(x0);
      if (guided) results[`${key} gradient`] = tf.grad((image: Tensor) => tf.sum(value(image)))(x0);
    }
    return results;
  };
  const compiled: CompiledWithState<Tensors, readonly Tensor[], Record<string, Tensor>> = compileWith(
    state,
    (held: Tensors, ...inputs: readonly Tensor[]) => {
      const [x0, epsilon, ...rest] = inputs;
      return evaluate(held, x0, epsilon, ...rest);
    },
  );

  const run = ({ t, alphaBar, x0, epsilon }: GuideInput): Record<string, Float32Array> => {
    const numbers = numbersAt(t);
    const plain: Record<string, Float32Array> = {};
    tf.tidy(() => {
      const outputs = compiled(
        tf.tensor(x0, [n, ...shape]),
        tf.tensor(epsilon, [n, ...shape]),
        tf.tensor1d(new Int32Array(n).fill(t), "int32"),
        tf.tensor1d(labels, "int32"),
        tf.scalar(Math.sqrt(alphaBar)),
        tf.scalar(Math.sqrt(1 - alphaBar)),
        tf.scalar((1 - alphaBar) / alphaBar),
        ...numberNames.map((name) => tf.scalar(numbers[name])),
      );
      for (const [name, tensor] of Object.entries(outputs)) plain[name] = tensor.dataSync() as Float32Array;
    });
    return plain;
  };

  return {
    at(input: GuideInput): GuideOutput {
      const outputs = run(input);
      const s2 = (1 - input.alphaBar) / input.alphaBar;
      const scale = { x0: (imageVariance * s2) / (imageVariance + s2), xt: s2 };
      // Sums over the terms, each by its own variable, of weight times gradient.
      const sums: Partial<Record<GradientBy, Float32Array>> = {};
      const records: TermRecord[] = terms.map(({ term, weight, window }, k) => {
        const value = outputs[`term${k} value`];
        const gradient = outputs[`term${k} gradient`];
        const gradientNorm = norms(gradient, n);
        const inside = !window || (input.t >= window[0] && input.t <= window[1]);
        const used = inside ? weight : 0;
        if (used !== 0) {
          if (!gradient.every(Number.isFinite)) throw notFinite(term.name, input.t);
          // `gradient` is by x0hat: by x_t it is that divided by sqrt(alphaBar), hence s2 for terms of x_t.
          const unit = (Math.sqrt(size) * Math.sqrt(scale.x0)) / scale[term.by];
          sums[term.by] ??= new Float32Array(n * size);
          const sum = sums[term.by] as Float32Array;
          gradientNorm.forEach((length, image) => {
            const factor = norm === "unit" ? (length > 0 ? (used * unit) / length : 0) : used;
            for (let i = image * size; i < (image + 1) * size; i++) sum[i] += factor * gradient[i];
          });
        }
        return { name: term.name, value, gradientNorm, weight: used };
      });
      const change = total(sums, scale, by === "exact" ? input : null);
      if (change && !change.every(Number.isFinite))
        throw notFinite(names.join(" + "), input.t, by === "exact" ? "through the denoiser " : "");
      if (change) limit(change, n, largestChange);
      return {
        change,
        terms: records,
        ...(bounds ? { bounds: boundRecord((name) => outputs[`${boundKeys[name]} value`]) } : {}),
      };
    },
    dispose: () => compiled.dispose(),
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

function boundRecord(boundOf: (name: string) => Float32Array): BoundRecord {
  return {
    prototype: boundOf("prototype"),
    contextual: { low: boundOf("low"), high: boundOf("high") },
    context: boundOf("context"),
  };
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

/** Shortens each of n rows to at most `largest` root mean square, keeping its direction. */
function limit(values: Float32Array, n: number, largest: number): void {
  const size = values.length / n;
  norms(values, n).forEach((norm, row) => {
    const most = largest * Math.sqrt(size);
    if (norm <= most) return;
    for (let i = row * size; i < (row + 1) * size; i++) values[i] *= most / norm;
  });
}

// Adds guidance terms up and turns them into a change of x0hat.
//
// Guidance by a potential U replaces epsilon by epsilon - s sqrt(1 - alphaBar) grad U (DDIM) or shifts the
// mean by s Sigma grad U (DDPM); both move x0hat. For a term of x_t that is
//     x0hat += weight (1 - alphaBar) / sqrt(alphaBar) grad_{x_t} U.
// A term of x0hat needs grad_{x_t} U = J grad_{x0} U with the Jacobian J of the denoiser. Holding epsilon
// constant (Tweedie) gives J = 1 / sqrt(alphaBar), which explodes at high noise, where x0hat in truth hardly
// depends on x_t. We take J of a denoiser for images of variance sigma^2 per pixel, which is as cheap:
//     x0hat += weight r_t^2 grad_{x0} U,   r_t^2 = sigma^2 s_t^2 / (sigma^2 + s_t^2),
// the variance of x0 given x_t for such images (as in PiGDM, Song et al. 2023): the larger the doubt, the
// further a term may move the image, and never further than the images themselves vary.
import type { Guide, GuideInput, GuideOutput } from "../diffusion/sample";
import type { BoundRecord, TermRecord } from "../diffusion/stepRecord";
import { type CompiledWithState, compileWith, type Tensors } from "../tensor/compile";
import { type Scalar, type Tensor, type Tensor1D, type Tensor4D, tf } from "../tensor/engine";
import type { Term, TermContext, WeightedTerm } from "./term";

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
}

export const guideDefaults = { largestChange: 0.3 } as const;

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
  const { largestChange } = { ...guideDefaults, ...options };
  const labels = Int32Array.from(options.labels);
  const { ipc, groups } = imagesPerClass(labels);
  const n = labels.length;
  const size = shape[0] * shape[1] * shape[2];
  const names = terms.map(({ term }) => term.name);
  if (new Set(names).size < names.length)
    throw new Error(`Each guidance term may be given once; found ${names.join(", ")}.`);
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
    return tf.tidy(() => {
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
      return Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]),
      ) as unknown as Tensors;
    }) as unknown as Record<string, Float32Array>;
  };

  return {
    at(input: GuideInput): GuideOutput {
      const outputs = run(input);
      const s2 = (1 - input.alphaBar) / input.alphaBar;
      const scale = { x0: (imageVariance * s2) / (imageVariance + s2), xt: s2 };
      const change = new Float32Array(n * size);
      let acts = false;
      const records: TermRecord[] = terms.map(({ term, weight, window }, k) => {
        const value = outputs[`term${k} value`];
        const gradient = outputs[`term${k} gradient`];
        const inside = !window || (input.t >= window[0] && input.t <= window[1]);
        const used = inside ? weight : 0;
        if (used !== 0) {
          acts = true;
          // `gradient` is by x0hat: by x_t it is that divided by sqrt(alphaBar), hence s2 for terms of x_t.
          const factor = used * scale[term.by];
          for (let i = 0; i < change.length; i++) change[i] += factor * gradient[i];
        }
        return { name: term.name, value, gradientNorm: norms(gradient, n), weight: used };
      });
      if (!change.every(Number.isFinite)) {
        const culprit = terms.find((_, k) => !outputs[`term${k} gradient`].every(Number.isFinite));
        throw new Error(
          `The gradient of the guidance term "${culprit?.term.name ?? "?"}" is not finite at t = ${input.t}. ` +
            "Lower its weight or check its inputs.",
        );
      }
      if (acts) limit(change, n, largestChange);
      return {
        change: acts ? change : null,
        terms: records,
        ...(bounds ? { bounds: boundRecord((name) => outputs[`${boundKeys[name]} value`]) } : {}),
      };
    },
    dispose: () => compiled.dispose(),
  };
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

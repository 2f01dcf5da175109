// The values and gradients of a set's guidance terms as one compiled graph. What terms share, such as distances, is
// computed once. Weights and windows stay outside, so that one graph serves every setting of them (guide.ts).
import type { GuideInput } from "../diffusion/sample";
import { type Compiled, compileWith, type Tensors } from "../tensor/compile";
import { type Scalar, type Tensor, type Tensor1D, type Tensor4D, tf } from "../tensor/engine";
import type { Term, TermContext } from "./term";

/** The bounds that are recorded at every step, whether or not they guide. */
export interface BoundTerms {
  /** As `prototype` makes it. */
  readonly prototype: Term;
  /** As `mixture` makes them, the lower and the upper side. */
  readonly mixture: { readonly low: Term; readonly high: Term };
  /** As `context` makes it with assignment `soft`. */
  readonly context: Term;
}

/** A set of images, and the terms of it that are computed together. */
export interface TermGraphOptions {
  /** Class of each image; images of a class must be neighbours and every class must have as many. */
  readonly labels: ArrayLike<number>;
  /** Of one image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Each of them once. */
  readonly terms: readonly Term[];
  /** Recorded at every step. Default: none. */
  readonly bounds?: BoundTerms;
  /** Do not compile: quicker for a few evaluations. Default: false. */
  readonly eager?: boolean;
}

/** What the graph answers at one step. */
export interface TermValues {
  /** Of each term in its order: its value for each image, and its gradient by x0hat. */
  readonly terms: readonly { readonly value: Float32Array; readonly gradient: Float32Array }[];
  /** Value of a bound for each image. */
  bound(name: BoundName): Float32Array;
}

type BoundName = "prototype" | "low" | "high" | "context";

/** What terms are a function of. */
type TermInput = Pick<GuideInput, "t" | "alphaBar" | "x0" | "epsilon">;

export interface TermGraph {
  readonly options: TermGraphOptions;
  readonly images: number;
  /** @throws after dispose */
  at(input: TermInput): TermValues;
  /** Frees what the engine holds. */
  dispose(): void;
}

/**
 * Number of images of each class in a set that lies class after class.
 * @throws if there are no labels, one is no class index, or they do not lie so
 */
export function imagesPerClass(labels: ArrayLike<number>): { ipc: number; groups: number } {
  const strange = Array.from(labels).findIndex((label) => !(Number.isInteger(label) && label >= 0));
  if (labels.length === 0 || strange >= 0)
    throw new RangeError(
      "Expected the class index of each guided image, such as 0 0 1 1; " +
        `found ${labels.length === 0 ? "no labels" : `${labels[strange]} at ${strange}`}.`,
    );
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
 * Compiles the terms of a set; a bound that also guides is computed once.
 * @throws if the labels do not lie class after class, one is no class that a term knows, a term is given twice, or there is
 *   nothing to compute
 */
export function compileTerms(options: TermGraphOptions): TermGraph {
  const { terms, bounds, shape } = options;
  const { ipc, groups } = imagesPerClass(options.labels);
  const labels = Int32Array.from(options.labels);
  const n = labels.length;
  const names = terms.map(({ name }) => name);
  if (new Set(names).size < names.length)
    throw new Error(`Each guidance term may be given once; found ${names.join(", ")}.`);
  const observed: [BoundName, Term][] = bounds
    ? [
        ["prototype", bounds.prototype],
        ["low", bounds.mixture.low],
        ["high", bounds.mixture.high],
        ["context", bounds.context],
      ]
    : [];
  const keys = new Map<Term, string>();
  terms.forEach((term, i) => {
    keys.set(term, `term${i}`);
  });
  for (const [name, term] of observed) if (!keys.has(term)) keys.set(term, name);
  const entries = Array.from(keys, ([term, key]) => ({ key, term, guided: terms.includes(term) }));
  for (const { term } of entries) expectKnown(labels, term);
  if (entries.length === 0) throw new Error("A guide needs at least one term or the bounds to record.");

  const numbersAt = (t: number): Record<string, number> =>
    Object.fromEntries(
      entries.flatMap(({ key, term }) =>
        Object.entries(term.numbers?.(t) ?? {}).map(([name, value]) => [`${key} ${name}`, value]),
      ),
    );
  const numberNames = Object.keys(numbersAt(0));
  // Their own handles: the caller may dispose of the terms' tensors once the graph is made.
  const state: Tensors = Object.fromEntries(
    entries.flatMap(({ key, term }) =>
      Object.entries(term.tensors).map(([name, tensor]) => [`${key} ${name}`, tf.keep(tensor.clone())]),
    ),
  );
  const evaluate = (held: Tensors, ...inputs: readonly Tensor[]): Record<string, Tensor> => {
    const [x0, epsilon, t, y, toImage, toNoise, s2, ...numbers] = inputs;
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
  const compileAll = (): Compiled<readonly Tensor[], Record<string, Tensor>> =>
    options.eager
      ? Object.assign((...inputs: readonly Tensor[]) => evaluate(state, ...inputs), { dispose: () => {} })
      : compileWith(state, evaluate);
  let compiled: ReturnType<typeof compileAll> | null = null;
  let disposed = false;

  return {
    options,
    images: n,
    at({ t, alphaBar, x0, epsilon }: TermInput): TermValues {
      if (disposed) throw new Error("This guide has been disposed of: make it again.");
      compiled ??= compileAll();
      const run = compiled;
      const numbers = numbersAt(t);
      const plain: Record<string, Float32Array> = {};
      tf.tidy(() => {
        const outputs = run(
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
      const boundTerms = new Map(observed);
      return {
        terms: terms.map((_, i) => ({
          value: plain[`term${i} value`],
          gradient: plain[`term${i} gradient`],
        })),
        bound: (name) => plain[`${keys.get(boundTerms.get(name) as Term)} value`],
      };
    },
    dispose: () => {
      if (disposed) return;
      disposed = true;
      compiled?.dispose();
      tf.dispose(state as Record<string, Tensor>);
    },
  };
}

/** @throws RangeError for a label that the term cannot tell from others */
function expectKnown(labels: Int32Array, { name, classes }: Term): void {
  const strange = classes && labels.find((label) => !classes.includes(label));
  if (strange !== undefined)
    throw new RangeError(
      `The guidance term "${name}" tells apart the classes ${classes?.slice(0, 24).join(" ")}; found images of class ` +
        `${strange}. Make the term for all classes of the set.`,
    );
}

/** What lies under `key `, without it. */
function ofKey<T extends Tensor>(key: string, all: Readonly<Record<string, T>>): Record<string, T> {
  const own: Record<string, T> = {};
  for (const [name, tensor] of Object.entries(all))
    if (name.startsWith(`${key} `)) own[name.slice(key.length + 1)] = tensor;
  return own;
}

// How a network declares its weights. A layer registers what it needs and returns a pure function of the
// weights, so that one definition gives the shapes, the initial values and the computation.
import type { Tensor } from "../tensor/engine";
import { tf } from "../tensor/engine";
import { Seed, type SeedLike } from "../tensor/random";

/** Weights of a network by path, for example `down.0.conv1.kernel`. */
export type Weights = { readonly [path: string]: Tensor };

/**
 * How a weight starts: all equal to a number, normal with the given standard deviation, or uniform between minus and
 * plus `within`.
 */
export type Initial =
  | { readonly constant: number }
  | { readonly deviation: number }
  | { readonly within: number };

/** What is known of a weight before it has a value. */
export interface ParameterSpec {
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** How it starts. */
  readonly initial: Initial;
  /** No gradient moves it: training replaces it by what the network has seen, as the means of batch norm. */
  readonly statistic?: true;
}

/**
 * The weights that a network needs.
 * @example
 * const p = new igds.nn.Parameters();
 * const bias = p.add<igds.Tensor1D>("bias", [3], { constant: 0 });
 * bias(p.initialise(0)).shape; // [3]
 */
export class Parameters {
  private readonly specs = new Map<string, ParameterSpec>();

  /**
   * Declares a weight.
   * @returns a function that picks it out of a set of weights
   * @throws if the path is taken
   */
  add<T extends Tensor = Tensor>(
    path: string,
    shape: readonly number[],
    initial: Initial,
  ): (w: Weights) => T {
    if (this.specs.has(path)) throw new Error(`Parameter ${path} is declared twice.`);
    this.specs.set(path, { shape, initial });
    return (w) => w[path] as T;
  }

  /** Declares a statistic, all equal to `value` before training. @throws if the path is taken */
  addStatistic<T extends Tensor = Tensor>(
    path: string,
    shape: readonly number[],
    value: number,
  ): (w: Weights) => T {
    const pick = this.add<T>(path, shape, { constant: value });
    this.specs.set(path, { shape, initial: { constant: value }, statistic: true });
    return pick;
  }

  /** What was declared, by path. */
  get entries(): ReadonlyMap<string, ParameterSpec> {
    return this.specs;
  }

  /** Number of values in all weights together. */
  get count(): number {
    let total = 0;
    for (const { shape } of this.specs.values()) total += shape.reduce((a, b) => a * b, 1);
    return total;
  }

  /** Fresh weights; each draws from its own child of `seed`, so adding a layer leaves the others as they were. */
  initialise(seed: SeedLike): Weights {
    const source = Seed.of(seed);
    const weights: Record<string, Tensor> = {};
    for (const [path, { shape, initial }] of this.specs) {
      const size = shape.reduce((a, b) => a * b, 1);
      weights[path] = tf.tensor(valuesOf(initial, size, source.child(path)), [...shape]);
    }
    return weights;
  }

  /**
   * Weights from plain arrays, such as a weight file.
   * @throws naming the first weight that is missing, has another shape, or is not in the network
   */
  load(
    arrays: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
    source: string,
  ): Weights {
    for (const [path, { shape }] of this.specs) {
      const found = arrays.get(path);
      if (!found)
        throw new Error(
          `${source} lacks the weight "${path}" (shape ${shape.join(" x ")}). Is it for another network?`,
        );
      if (found.shape.join() !== shape.join())
        throw new Error(
          `${source}: weight "${path}" is ${found.shape.join(" x ")}, but this network needs ${shape.join(" x ")}.`,
        );
    }
    for (const path of arrays.keys())
      if (!this.specs.has(path))
        throw new Error(`${source} has a weight "${path}" that this network does not know.`);
    const weights: Record<string, Tensor> = {};
    for (const path of this.specs.keys()) {
      const { shape, data } = arrays.get(path) as { shape: readonly number[]; data: Float32Array };
      weights[path] = tf.tensor(data, [...shape]);
    }
    return weights;
  }
}

function valuesOf(initial: Initial, size: number, seed: Seed): Float32Array {
  if ("constant" in initial) return new Float32Array(size).fill(initial.constant);
  if ("deviation" in initial) return seed.normal(size).map((value) => value * initial.deviation);
  return Float32Array.from(seed.uniform(size), (value) => (2 * value - 1) * initial.within);
}

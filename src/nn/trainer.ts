// Trains a network: Adam with a cosine rate, or momentum with a rate in two levels, and an exponential moving
// average of the weights, all of it inside one compiled step. What is trained, on which batches, and what is saved when, is the caller's business.
import mapValues from "lodash/mapValues";
import { type CompiledWithState, compileStep, type Tensors } from "../tensor/compile";
import { type Scalar, type Tensor, tf } from "../tensor/engine";
import type { SeedLike } from "../tensor/random";
import { adam, adamRate, cosineRate, zeroMoments } from "./adam";
import type { Parameters, Weights } from "./parameters";
import { halfwayRate, sgd } from "./sgd";

/** How a network is trained. */
export interface TrainerOptions {
  /** Where the initial weights come from. */
  readonly seed: SeedLike;
  /** Number of steps the schedule is made for. */
  readonly steps: number;
  /** Peak learning rate. */
  readonly rate: number;
  /** Steps of linear warm-up. Default: 5 % of all steps, at most 500. */
  readonly warmup?: number;
  /** Of AdamW decoupled from the gradient, of `sgd` added to it. Default 0. */
  readonly weightDecay?: number;
  /** Decay of the moving average of the weights; 0 for none. Default 0. */
  readonly average?: number;
  /** Round the operands of products to bfloat16, as `compile` does. Default: false. */
  readonly bfloat16?: boolean;
  /** `sgd` is momentum 0.9 at `rate`, a tenth of it from the middle on, without warm-up. Default `adamw`. */
  readonly optimiser?: "adamw" | "sgd";
  /**
   * The rate of each step, counted from 0, in place of the optimiser's own schedule. AdamW then decays weights by it, as
   * PyTorch does, without the bias correction of the first steps.
   */
  readonly rateAt?: (step: number) => number;
  /** Which weights AdamW lets decay. Default: all. */
  readonly decays?: (path: string) => boolean;
}

/** A loss, with what the network has seen where it keeps statistics (`Parameters.addStatistic`). */
export interface LossWithStatistics {
  /** Mean over the batch: what gradients are taken of. */
  readonly loss: Scalar;
  /** The new statistics by path; no gradient flows through them. */
  readonly statistics: Weights;
}

/** A tensor as plain numbers, as weight files hold it. */
export interface PlainTensor {
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

type Kind = "weight" | "first" | "second" | "average";

/**
 * Trains weights by stochastic gradient descent; a step is compiled once and runs as one graph.
 * @example
 * const p = new igds.nn.Parameters();
 * const line = igds.nn.dense<igds.Tensor2D>(p, "line", 1, 1);
 * const trainer = new igds.nn.Trainer(
 *   p,
 *   (w, x: igds.Tensor2D, y: igds.Tensor2D) => igds.tf.losses.meanSquaredError(y, line(w, x)) as igds.Scalar,
 *   { seed: 0, steps: 100, rate: 0.1 },
 * );
 * for (let i = 0; i < 100; i++) trainer.step(igds.tf.tensor2d([[0], [1]]), igds.tf.tensor2d([[1], [3]]));
 */
export class Trainer<I extends readonly Tensor[]> {
  private readonly compiled: CompiledWithState<Tensors, readonly Tensor[], Scalar>;
  private readonly paths: readonly string[];
  private taken = 0;

  /**
   * @param parameters of the network
   * @param loss mean loss of a batch as a pure function of weights and inputs
   */
  constructor(
    private readonly parameters: Parameters,
    loss: (w: Weights, ...inputs: I) => Scalar | LossWithStatistics,
    private readonly options: TrainerOptions,
  ) {
    const { weightDecay = 0, average = 0, bfloat16 = false, optimiser = "adamw", decays } = options;
    const initial = parameters.initialise(options.seed);
    const moments = zeroMoments(initial);
    this.paths = Object.keys(initial);
    const moved = this.paths.filter((path) => !parameters.entries.get(path)?.statistic);
    const state = this.fresh(initial, moments);
    const of = (kind: Kind, held: Tensors): Weights =>
      Object.fromEntries(this.paths.map((path) => [path, held[`${kind} ${path}`]]));

    const step = (held: Tensors, rate: Tensor, correction: Tensor, decay: Tensor, ...rest: Tensor[]) => {
      const [decayRate, ...inputs] = options.rateAt ? rest : [undefined, ...rest];
      const weights = of("weight", held);
      let seen: Record<string, Tensor> = {};
      const { value, grads } = tf.valueAndGrads((...values: Tensor[]) => {
        const now = { ...weights, ...Object.fromEntries(moved.map((path, i) => [path, values[i]])) };
        const result = loss(now, ...(inputs as unknown as I));
        if (result instanceof tf.Tensor) return result;
        // Only the loss leaves a function that gradients are taken of.
        seen = mapValues(result.statistics, (tensor) => tf.keep(tensor));
        return result.loss;
      })(moved.map((path) => weights[path]));
      const gradients: Weights = Object.fromEntries(moved.map((path, i) => [path, grads[i]]));
      const statistics = mapValues(seen, (tensor) => tensor.clone());
      tf.dispose(seen);
      const first = of("first", held);
      const next =
        optimiser === "sgd"
          ? { second: {}, ...sgd({ weights, first }, gradients, rate as Scalar, { weightDecay }) }
          : adam(
              { weights, first, second: of("second", held) },
              gradients,
              rate as Scalar,
              correction as Scalar,
              {
                weightDecay,
                ...(decays ? { decays } : {}),
                ...(decayRate ? { decayRate: decayRate as Scalar } : {}),
              },
            );
      const nextWeights = { ...next.weights, ...statistics };
      const averages: Record<string, Tensor> = {};
      if (average > 0)
        for (const [path, old] of Object.entries(of("average", held)))
          averages[path] = tf.add(old, tf.mul(tf.sub(nextWeights[path], old), tf.sub(1, decay)));
      return {
        state: {
          ...keyed("weight", nextWeights),
          ...keyed("first", next.first),
          ...keyed("second", next.second),
          ...keyed("average", averages),
        },
        output: value as Scalar,
      };
    };
    this.compiled = compileStep<Tensors, readonly Tensor[], Scalar>(
      state,
      step as (held: Tensors, ...inputs: readonly Tensor[]) => ReturnType<typeof step>,
      { bfloat16 },
    );
    tf.dispose(initial);
    tf.dispose(moments);
  }

  /** Starts over with the initial weights of `seed`; what is compiled stays compiled. */
  reset(seed: SeedLike): void {
    const initial = this.parameters.initialise(seed);
    const moments = zeroMoments(initial);
    this.compiled.setState(this.fresh(initial, moments));
    tf.dispose(initial as Record<string, Tensor>);
    tf.dispose(moments as Record<string, Tensor>);
    this.taken = 0;
  }

  /** Number of steps taken, those before a restore included. */
  get steps(): number {
    return this.taken;
  }

  /** Takes one step on a batch and disposes of the batch. @returns the loss before the step */
  step(...inputs: I): number {
    const { rate: peak, steps, warmup = Math.min(500, Math.ceil(steps / 20)), average = 0 } = this.options;
    const sgdIsUsed = this.options.optimiser === "sgd";
    const scheduled =
      this.options.rateAt?.(this.taken) ??
      (sgdIsUsed ? halfwayRate(peak, this.taken, steps) : cosineRate(peak, this.taken, steps, warmup));
    const { rate, correction } = sgdIsUsed
      ? { rate: scheduled, correction: 1 }
      : adamRate(scheduled, this.taken + 1);
    // A young average would remember the random start for long: its memory grows with the run.
    const decay = Math.min(average, (1 + this.taken) / (10 + this.taken));
    const scalars = [rate, correction, decay, ...(this.options.rateAt ? [scheduled] : [])].map((value) =>
      tf.scalar(value),
    );
    const loss = this.compiled(...scalars, ...inputs);
    const value = loss.dataSync()[0];
    tf.dispose([loss, ...scalars, ...inputs]);
    this.taken++;
    if (!Number.isFinite(value))
      throw new Error(
        `Training diverged: the loss is ${value} at step ${this.taken}. Lower the rate (it was ${peak}).`,
      );
    return value;
  }

  /** Copies of the weights to use: the moving average where there is one. The caller disposes of them. */
  weights(): Weights {
    const kind: Kind = (this.options.average ?? 0) > 0 ? "average" : "weight";
    return tf.tidy(() => {
      const held = this.compiled.state();
      return Object.fromEntries(this.paths.map((path) => [path, held[`${kind} ${path}`]]));
    });
  }

  /** Everything that is needed to go on later, as plain numbers. */
  snapshot(): Map<string, PlainTensor> {
    const held = this.compiled.state();
    const plain = new Map<string, PlainTensor>();
    for (const [name, tensor] of Object.entries(held))
      plain.set(name, { shape: tensor.shape, data: tensor.dataSync() as Float32Array });
    tf.dispose(held as Record<string, Tensor>);
    return plain;
  }

  /**
   * Goes on from a snapshot taken after `steps` steps.
   * @throws naming the first tensor that does not fit
   */
  restore(snapshot: ReadonlyMap<string, PlainTensor>, steps: number): void {
    const values: Record<string, Tensor> = {};
    for (const kind of this.kinds)
      for (const [path, { shape }] of this.parameters.entries) {
        const name = `${kind} ${path}`;
        const found = snapshot.get(name);
        if (found?.shape.join() !== shape.join())
          throw new Error(
            `The saved training state has ${found ? `shape ${found.shape.join(" x ")}` : "nothing"} for "${name}", ` +
              `this network needs ${shape.join(" x ")}. Delete the state to start anew.`,
          );
        values[name] = tf.tensor(found.data, [...shape]);
      }
    this.compiled.setState(values);
    tf.dispose(values);
    this.taken = steps;
  }

  /** Frees the weights and the compiled step. */
  dispose(): void {
    this.compiled.dispose();
  }

  /** What is held per weight. */
  private get kinds(): readonly Kind[] {
    return [
      "weight",
      "first",
      ...(this.options.optimiser === "sgd" ? [] : ["second" as const]),
      ...((this.options.average ?? 0) > 0 ? ["average" as const] : []),
    ];
  }

  /** The state before the first step. */
  private fresh(initial: Weights, moments: Weights): Tensors {
    const start = { weight: initial, first: moments, second: moments, average: initial };
    return Object.assign({}, ...this.kinds.map((kind) => keyed(kind, start[kind]))) as Tensors;
  }
}

function keyed(kind: Kind, weights: Weights): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(weights).map(([path, tensor]) => [`${kind} ${path}`, tensor]));
}

/** Weights as plain numbers. */
export function plainWeights(weights: Weights): Map<string, PlainTensor> {
  return new Map(
    Object.entries(weights).map(([path, tensor]) => [
      path,
      { shape: tensor.shape, data: tensor.dataSync() as Float32Array },
    ]),
  );
}

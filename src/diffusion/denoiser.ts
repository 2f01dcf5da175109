// A denoising network with its weights, ready to sample from: compiled, with classifier-free guidance.
import type { Checkpoint } from "../nn/checkpoint";
import type { DenoiserNetwork, ImageSpace } from "../nn/denoiserNetwork";
import { type DiTConfig, dit } from "../nn/dit";
import type { Weights } from "../nn/parameters";
import { type UNetConfig, unet } from "../nn/unet";
import { type UNet2DConfig, unet2d } from "../nn/unet2d";
import type { ImageBatch } from "../tensor/batch";
import { type CompiledWithState, compileWith } from "../tensor/compile";
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../tensor/engine";
import { numbersOf } from "../tensor/numbersOf";
import { type ClassEmbedding, checkEmbedding, shiftedWeights } from "./classEmbedding";
import { guided } from "./classifierFreeGuidance";
import { type Condition, checkCondition } from "./condition";
import { type Prediction, predicting } from "./prediction";
import { originInMemory, type WeightOrigin } from "./weightOrigin";

/** Images per network evaluation: more would only cost memory. Fewer once it did not fit. */
const LARGEST_BATCH = 256;
/** Bytes of weights up to which every graph keeps a copy; a DiT-XL/2 has 2.7 GB. */
const LARGEST_COPIED = 2 ** 28;

type Compiled = CompiledWithState<Weights, readonly Tensor[], Tensor4D>;

/** What a compiled network answers, and to what. */
interface Variant {
  /** Channels that classifier-free guidance acts on; 0 for none. */
  readonly guided: number;
  readonly shifted: boolean;
  readonly answer: "epsilon" | "epsilon and variance" | "pullback";
}

/**
 * A network that predicts the noise in noisy images, with its weights.
 * @example
 * const network = igds.nn.unet({
 *   ...igds.nn.unetDefaults,
 *   height: 28,
 *   width: 28,
 *   channels: 1,
 *   classes: 10,
 *   widths: [8, 16],
 *   blocks: [1, 1],
 * });
 * const untrained = new igds.diffusion.Denoiser(network, network.parameters.initialise(0));
 * untrained.epsilon(images, { t: 500, labels: Int32Array.from(labels), guidanceScale: 1 });
 */
export class Denoiser {
  private readonly compiled = new Map<string, Compiled>();
  private table: ClassEmbedding | null = null;
  private largestBatch = LARGEST_BATCH;
  private known: Checkpoint | WeightOrigin | null;

  /** This library's checkpoint that the weights are of; null for others. */
  readonly checkpoint: Checkpoint | null;

  /**
   * @param weights copied; the caller keeps its own
   * @param origin where they come from, for the manifest
   */
  constructor(
    readonly network: DenoiserNetwork,
    weights: Weights,
    readonly origin: Checkpoint | WeightOrigin | null = null,
  ) {
    this.known = origin;
    this.checkpoint = origin && "weights" in origin ? origin : null;
    for (const guided of network.config.nullClass === false ? [0] : [0, network.config.channels]) {
      const variant: Variant = { guided, shifted: false, answer: "epsilon" };
      this.compiled.set(nameOf(variant), this.compile(weights, variant));
    }
  }

  /** Shape of its images, and how many classes it knows. */
  get space(): ImageSpace {
    return this.network.config;
  }

  /**
   * Predicts the noise in x_t.
   *
   * @param x x_t, NHWC
   * @returns epsilon as plain numbers, in the order of x
   */
  epsilon(x: ImageBatch, condition: Condition): Float32Array {
    return this.run(x, condition, "epsilon");
  }

  /**
   * Predicts the noise in x_t and where between its bounds the variance of the step lies, -1 to 1.
   *
   * @param x x_t, NHWC
   * @returns both as plain numbers, in the order of x
   * @throws if the network has not learned the variance
   */
  epsilonAndVariance(
    x: ImageBatch,
    condition: Condition,
  ): { readonly epsilon: Float32Array; readonly variance: Float32Array } {
    const both = this.run(x, condition, "epsilon and variance");
    const { channels } = this.space;
    const part = (from: number) =>
      Float32Array.from(
        { length: both.length / 2 },
        (_, i) => both[Math.floor(i / channels) * 2 * channels + from + (i % channels)]!,
      );
    return { epsilon: part(0), variance: part(channels) };
  }

  /**
   * J^T v with the Jacobian J of epsilon by x_t: one pass forwards and one back through the network.
   *
   * @param v in the order of x
   * @returns the gradient of <epsilon(x_t), v> by x_t, in the order of x
   */
  pullback(x: ImageBatch, condition: Condition, v: Float32Array): Float32Array {
    return this.run(x, condition, "pullback", v);
  }

  /**
   * The class embeddings that `Condition.shift` is added to.
   * @throws if the network has none that it adds to the embedding of the time step
   */
  classEmbedding(): ClassEmbedding {
    if (!this.table) {
      const name = checkEmbedding(this.network);
      const weights = this.weights();
      const [rows, size] = weights[name].shape as [number, number];
      this.table = { rows, size, values: weights[name].dataSync() as Float32Array };
      tf.dispose(weights as Record<string, Tensor>);
    }
    return this.table;
  }

  /** Copies of the weights; the caller disposes of them. @throws after `dispose` */
  weights(): Weights {
    const first = this.compiled.values().next().value;
    if (!first) throw new Error("This denoiser has been disposed of: load it again.");
    return first.state();
  }

  /** What tells it from other denoisers: its origin; without one, the hash of what it is. @throws after `dispose` */
  identity(): Checkpoint | WeightOrigin {
    this.known ??= originInMemory(this.network.config, () => this.weights());
    return this.known;
  }

  /** Frees the weights that the engine holds. */
  dispose(): void {
    for (const compiled of this.compiled.values()) compiled.dispose();
    this.compiled.clear();
  }

  private run(
    x: ImageBatch,
    condition: Condition,
    answer: Variant["answer"],
    v?: Float32Array,
  ): Float32Array {
    const [n, height, width, channels] = x.shape;
    const { t, labels, guidanceScale, guidedChannels = channels, shift } = condition;
    checkCondition(condition, this.space);
    if (labels.length !== n)
      throw new RangeError(`Expected the class of each of ${n} images, found ${labels.length} labels.`);
    if (guidanceScale !== 1 && this.space.nullClass === false)
      throw new Error(
        `This denoiser was not trained without a class, which classifier-free guidance needs: expected guidanceScale 1, ` +
          `found ${guidanceScale}.`,
      );
    const size = height * width * channels;
    const outputs = answer === "epsilon and variance" ? 2 * size : size;
    const guided = guidanceScale === 1 ? 0 : guidedChannels;
    const compiled = this.variant({ guided, shifted: Boolean(shift), answer });
    const result = new Float32Array(n * outputs);
    const evaluate = (from: number, count: number) => {
      const images = (values: Float32Array) =>
        tf.tensor4d(values.subarray(from * size, (from + count) * size), [count, height, width, channels]);
      return numbersOf(() => {
        const inputs: Tensor[] = [
          images(x.data),
          tf.tensor1d(new Int32Array(count).fill(t), "int32"),
          tf.tensor1d(labels.subarray(from, from + count), "int32"),
        ];
        if (guidanceScale !== 1) inputs.push(tf.tensor1d([guidanceScale]));
        if (shift) {
          const wide = shift.length / n;
          inputs.push(tf.tensor2d(shift.subarray(from * wide, (from + count) * wide), [count, wide]));
        }
        if (v) inputs.push(images(v));
        return compiled(...inputs);
      });
    };
    for (let from = 0; from < n; ) {
      const count = Math.min(this.largestBatch, n - from);
      try {
        result.set(evaluate(from, count), from * outputs);
        from += count;
      } catch (error) {
        if (count === 1 || !outOfMemory(error)) throw error;
        this.largestBatch = Math.ceil(count / 2);
        console.warn(`${count} images at once do not fit into memory: going on with ${this.largestBatch}.`);
      }
    }
    return result;
  }

  /** The compiled network of a kind; those seldom asked for are made when they are. */
  private variant(variant: Variant): Compiled {
    const name = nameOf(variant);
    let compiled = this.compiled.get(name);
    if (!compiled) {
      const { config, applyWithVariance } = this.network;
      if (variant.shifted) checkEmbedding(this.network);
      if (variant.answer === "epsilon and variance" && !applyWithVariance)
        throw new Error(
          `A step with learned variance needs a network that predicts it; this "${config.kind}" predicts the noise ` +
            "alone. Take the sampler ddpm() or ddim().",
        );
      const weights = this.weights();
      compiled = this.compile(weights, variant);
      tf.dispose(weights as Record<string, Tensor>);
      this.compiled.set(name, compiled);
    }
    return compiled;
  }

  private compile(weights: Weights, variant: Variant): Compiled {
    const resident = 4 * this.network.parameters.count <= LARGEST_COPIED;
    const graph = (w: Weights, ...inputs: readonly Tensor[]): Tensor4D => {
      const [x, t, y, ...rest] = inputs as [Tensor4D, Tensor1D, Tensor1D, ...Tensor[]];
      const scale = variant.guided > 0 ? (rest.shift() as Tensor) : null;
      const shift = variant.shifted ? (rest.shift() as Tensor) : null;
      const predict = (images: Tensor4D) => this.predict(w, images, t, y, variant, scale, shift);
      if (variant.answer !== "pullback") return predict(x);
      const v = rest[0];
      return tf.grad((images: Tensor) => tf.sum(tf.mul(predict(images as Tensor4D), v)))(x) as Tensor4D;
    };
    return compileWith(weights, graph, { resident });
  }

  private predict(
    w: Weights,
    x: Tensor4D,
    t: Tensor1D,
    y: Tensor1D,
    variant: Variant,
    scale: Tensor | null,
    shift: Tensor | null,
  ): Tensor4D {
    const { network } = this;
    const apply = (weights: Weights, images: Tensor4D, times: Tensor1D, classes: Tensor1D) =>
      variant.answer === "epsilon and variance" && network.applyWithVariance
        ? network.applyWithVariance(weights, images, times, classes)
        : network.apply(weights, images, times, classes);
    if (!scale) return apply(shift ? shiftedWeights(w, shift) : w, x, t, y);
    const both = apply(
      // The half without class keeps its embedding.
      shift ? shiftedWeights(w, tf.concat([shift, tf.zerosLike(shift)])) : w,
      tf.concat([x, x]),
      tf.concat([t, t]),
      tf.concat([y, tf.fill(y.shape, network.config.classes, "int32")]),
    );
    const [withClass, without] = tf.split(both, 2) as [Tensor4D, Tensor4D];
    return guided(withClass, without, scale, variant.guided);
  }
}

/** Whether TensorFlow could not get the memory for a tensor. */
function outOfMemory(error: unknown): boolean {
  return error instanceof Error && /OOM when allocating|resource ?exhausted|bad_alloc/i.test(error.message);
}

function nameOf({ guided, shifted, answer }: Variant): string {
  return `${guided} ${shifted ? "shifted" : ""} ${answer}`;
}

/**
 * Builds the network that a config describes.
 * @throws for a kind that is not known
 */
export function denoiserNetwork(config: {
  readonly kind: string;
  readonly prediction?: unknown;
}): DenoiserNetwork {
  const { prediction, ...own } = config;
  const network = backbone(own);
  return prediction === undefined ? network : predicting(network, prediction as Prediction);
}

function backbone(config: { readonly kind: string }): DenoiserNetwork {
  switch (config.kind) {
    case "unet":
      return unet(config as UNetConfig);
    case "dit":
      return dit(config as DiTConfig);
    case "unet2d":
      return unet2d(config as UNet2DConfig);
    default:
      throw new Error(`"${config.kind}" is not a denoising network; expected "unet", "dit" or "unet2d".`);
  }
}

/**
 * The denoiser of a checkpoint.
 * @throws when it holds another kind of network
 */
export function denoiserOf(checkpoint: Checkpoint): Denoiser {
  const network = denoiserNetwork(checkpoint.config);
  const weights = network.parameters.load(checkpoint.weights, checkpoint.file);
  const denoiser = new Denoiser(network, weights, checkpoint);
  tf.dispose(weights as Record<string, Tensor4D>);
  return denoiser;
}

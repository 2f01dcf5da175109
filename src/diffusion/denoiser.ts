// A denoising network with its weights, ready to sample from: compiled, with classifier-free guidance.
import { type Checkpoint, loadCheckpoint } from "../nn/checkpoint";
import type { DenoiserNetwork, ImageSpace } from "../nn/denoiserNetwork";
import { type DiTConfig, dit } from "../nn/dit";
import type { Weights } from "../nn/parameters";
import { type UNetConfig, unet } from "../nn/unet";
import type { ImageBatch } from "../tensor/batch";
import { type CompiledWithState, compileWith } from "../tensor/compile";
import { type Tensor1D, type Tensor4D, tf } from "../tensor/engine";

/** Images per network evaluation: more would only cost memory. */
const LARGEST_BATCH = 256;

export class Denoiser {
  private readonly conditional: CompiledWithState<Weights, [Tensor4D, Tensor1D, Tensor1D], Tensor4D>;
  private readonly guided: CompiledWithState<Weights, [Tensor4D, Tensor1D, Tensor1D, Tensor1D], Tensor4D>;

  /**
   * @param weights copied; the caller keeps its own
   * @param checkpoint where they come from, for the manifest
   */
  constructor(
    readonly network: DenoiserNetwork,
    weights: Weights,
    readonly checkpoint: Checkpoint | null = null,
  ) {
    const { classes } = network.config;
    this.conditional = compileWith(weights, (w: Weights, x: Tensor4D, t: Tensor1D, y: Tensor1D) =>
      network.apply(w, x, t, y),
    );
    this.guided = compileWith(
      weights,
      (w: Weights, x: Tensor4D, t: Tensor1D, y: Tensor1D, scale: Tensor1D) => {
        const both = network.apply(
          w,
          tf.concat([x, x]),
          tf.concat([t, t]),
          tf.concat([y, tf.fill(y.shape, classes, "int32")]),
        );
        const [withClass, without] = tf.split(both, 2) as [Tensor4D, Tensor4D];
        return tf.add(without, tf.mul(tf.sub(withClass, without), scale)) as Tensor4D;
      },
    );
  }

  get space(): ImageSpace {
    return this.network.config;
  }

  /**
   * Predicts the noise in x_t.
   *
   * @param x x_t, NHWC
   * @param t time step, 0..T-1, of all images
   * @param labels class of each image
   * @param guidanceScale classifier-free guidance (Ho & Salimans 2022): epsilon without class plus scale times
   *   the difference that the class makes; 1 is the conditional model itself and costs half
   * @returns epsilon as plain numbers, in the order of x
   */
  epsilon(x: ImageBatch, t: number, labels: Int32Array, guidanceScale: number): Float32Array {
    const [n, height, width, channels] = x.shape;
    const size = height * width * channels;
    const result = new Float32Array(n * size);
    for (let from = 0; from < n; from += LARGEST_BATCH) {
      const count = Math.min(LARGEST_BATCH, n - from);
      const part = tf.tidy(() => {
        const xs = tf.tensor4d(x.data.subarray(from * size, (from + count) * size), [
          count,
          height,
          width,
          channels,
        ]);
        const ts = tf.tensor1d(new Int32Array(count).fill(t), "int32");
        const ys = tf.tensor1d(labels.subarray(from, from + count), "int32");
        const out =
          guidanceScale === 1
            ? this.conditional(xs, ts, ys)
            : this.guided(xs, ts, ys, tf.tensor1d([guidanceScale]));
        return out.dataSync() as Float32Array;
      });
      result.set(part, from * size);
    }
    return result;
  }

  /** Frees the weights that the engine holds. */
  dispose(): void {
    this.conditional.dispose();
    this.guided.dispose();
  }
}

/**
 * Builds the network that a config describes.
 * @throws for a kind that is not known
 */
export function denoiserNetwork(config: { readonly kind: string }): DenoiserNetwork {
  switch (config.kind) {
    case "unet":
      return unet(config as UNetConfig);
    case "dit":
      return dit(config as DiTConfig);
    default:
      throw new Error(`"${config.kind}" is not a denoising network; expected "unet" or "dit".`);
  }
}

/**
 * Loads a denoiser from a checkpoint written by `igds train`.
 * @throws when the file is missing, damaged, or of another kind
 */
export async function loadDenoiser(file: string): Promise<Denoiser> {
  const checkpoint = await loadCheckpoint(file);
  const network = denoiserNetwork(checkpoint.config);
  const weights = network.parameters.load(checkpoint.weights, file);
  const denoiser = new Denoiser(network, weights, checkpoint);
  tf.dispose(weights as Record<string, Tensor4D>);
  return denoiser;
}

// ConvNet: the network that dataset distillation scores its sets with (Gidaris & Komodakis 2018; the
// instance-norm form of Zhao, Mopuri & Bilen 2021).
import { type Tensor, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import type { ImageSpace } from "./denoiserNetwork";
import { dense, norm } from "./layers";
import { Parameters, type Weights } from "./parameters";

export interface ConvNetConfig extends ImageSpace {
  readonly kind: "convnet";
  /** Number of blocks, each of which halves height and width. */
  readonly depth: number;
  /** Channels of every block. */
  readonly filters: number;
}

/** ConvNet-3. Published results use 128 filters; 64 score the small embedded images in half the time. */
export const convNetDefaults: Omit<ConvNetConfig, keyof ImageSpace> = {
  kind: "convnet",
  depth: 3,
  filters: 64,
};

export interface ConvNet {
  readonly config: ConvNetConfig;
  /** For results, for example `ConvNet-3 (64)`. */
  readonly name: string;
  readonly parameters: Parameters;
  /**
   * @param x images, [N, H, W, channels]
   * @returns logits, [N, classes]
   */
  apply(w: Weights, x: Tensor4D): Tensor2D;
}

/**
 * The weights of a 3x3 convolution. It has no bias: the instance norm behind it would subtract it again.
 * Half the variance is lost in the ReLU, hence the gain (He et al. 2015).
 */
function kernel3x3(p: Parameters, path: string, from: number, to: number): (w: Weights) => Tensor4D {
  return p.add<Tensor4D>(path, [3, 3, from, to], { deviation: Math.sqrt(2 / (9 * from)) });
}

/**
 * ReLU. tfjs' own gradient makes five passes over the activations and holds two constants of their size;
 * the sign of the result, 0 or 1, is that gradient too.
 */
function relu(x: Tensor4D): Tensor4D {
  return tf.customGrad((input, save) => {
    const value = tf.relu(input as Tensor4D);
    (save as (tensors: Tensor[]) => void)([value]);
    return { value, gradFunc: (dy: Tensor4D, [y]: Tensor[]) => tf.mul(dy, tf.sign(y)) as Tensor4D };
  })(x) as Tensor4D;
}

/**
 * Builds a ConvNet: `depth` blocks of convolution 3x3, instance norm with learned scale and shift, ReLU and
 * 2x2 average pooling (a last odd row or column is left out), then a linear layer.
 * @throws if the images are too small to be halved `depth` times
 */
export function convNet(config: ConvNetConfig): ConvNet {
  const { depth, filters, channels, classes } = config;
  const [height, width] = [config.height, config.width].map((size) => Math.floor(size / 2 ** depth));
  if (height < 1 || width < 1)
    throw new Error(
      `ConvNet-${depth} halves height and width ${depth} times; the images are ${config.height} x ${config.width}. ` +
        `Use fewer blocks or larger images.`,
    );
  const p = new Parameters();
  const blocks = Array.from({ length: depth }, (_, i) => ({
    kernel: kernel3x3(p, `block.${i}.conv.kernel`, i === 0 ? channels : filters, filters),
    // One group per channel is instance norm.
    normalise: norm(p, `block.${i}.norm`, filters, filters),
  }));
  const features = height * width * filters;
  const head = dense<Tensor2D>(p, "head", features, classes);
  return {
    config,
    name: `ConvNet-${depth} (${filters})`,
    parameters: p,
    apply(w, x) {
      const top = blocks.reduce(
        (h, { kernel, normalise }) =>
          tf.avgPool(relu(normalise(w, tf.conv2d(h, kernel(w), 1, "same"))), 2, 2, "valid"),
        x,
      );
      return head(w, top.reshape([-1, features]) as Tensor2D);
    },
  };
}

// ConvNet: the network that dataset distillation scores its sets with (Gidaris & Komodakis 2018; the
// instance-norm form of Zhao, Mopuri & Bilen 2021).
import { type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import type { ImageSpace } from "./denoiserNetwork";
import type { ImageClassifier } from "./imageClassifier";
import { heConv } from "./instanceBlock";
import { dense } from "./layers";
import { type NormKind, normalisation, type Statistics, trainingWith } from "./normalisation";
import { Parameters, type Weights } from "./parameters";
import { expectWhole } from "./wholeNumbers";

/** What a ConvNet is built from. */
export interface ConvNetConfig extends ImageSpace {
  /** Tells it from the other networks. */
  readonly kind: "convnet";
  /** Number of blocks, each of which halves height and width. */
  readonly depth: number;
  /** Channels of every block. */
  readonly filters: number;
  /** Black border on each side, in pixels: published results bring 28 x 28 to 32 x 32 with 2. Default 0. */
  readonly border?: number;
  /** Default `instance`. RDED's teachers and students have `batch`. */
  readonly norm?: NormKind;
  /** Initial weights: He's normal ones, the default, or the uniform ones that PyTorch's layers begin with. */
  readonly start?: "he" | "torch";
}

/** ConvNet-3. Published results use 128 filters; 64 score the small embedded images in half the time. */
export const convNetDefaults: Omit<ConvNetConfig, keyof ImageSpace> = {
  kind: "convnet",
  depth: 3,
  filters: 64,
};

/** ConvNet-6 of the evaluator that published results on ImageNet subsets share (Kim et al. 2022). */
export const convNet6: Omit<ConvNetConfig, keyof ImageSpace> = {
  kind: "convnet",
  depth: 6,
  filters: 128,
  start: "torch",
};

export type ConvNet = ImageClassifier<ConvNetConfig>;

/** Black, the background of the embedded images. */
const BLACK = -1;

/**
 * Builds a ConvNet: `depth` blocks of convolution 3x3, norm with learned scale and shift, ReLU and
 * 2x2 average pooling (a last odd row or column is left out), then a linear layer.
 * @throws if the images are too small to be halved `depth` times, or a size is no whole number
 */
export function convNet(config: ConvNetConfig): ConvNet {
  const { depth, filters, channels, classes, border = 0, norm = "instance", start = "he" } = config;
  expectWhole("A ConvNet", { depth, filters, ...(border === 0 ? {} : { border }) });
  const [height, width] = [config.height, config.width].map((size) =>
    Math.floor((size + 2 * border) / 2 ** depth),
  );
  if (height < 1 || width < 1)
    throw new Error(
      `ConvNet-${depth} halves height and width ${depth} times; the images are ${config.height} x ${config.width}. ` +
        `Use fewer blocks or larger images.`,
    );
  const p = new Parameters();
  const blocks = Array.from({ length: depth }, (_, i) => {
    const from = i === 0 ? channels : filters;
    const initial = start === "torch" ? { within: 1 / Math.sqrt(9 * from) } : undefined;
    return {
      convolve: heConv(p, `block.${i}.conv.kernel`, from, filters, { initial }),
      normalise: normalisation(norm, p, `block.${i}.norm`, filters, { activation: "relu", pool: 2 }),
    };
  });
  const featureCount = height * width * filters;
  const head = dense<Tensor2D>(p, "head", featureCount, classes, { uniform: start === "torch" });
  const forward = (w: Weights, x: Tensor4D, training?: Statistics): Tensor2D => {
    const framed = border > 0 ? framedIn(x, border) : x;
    const last = blocks.reduce(
      (h, { convolve, normalise }) => normalise(w, convolve(w, h), training),
      framed,
    );
    return last.reshape([-1, featureCount]) as Tensor2D;
  };
  return {
    config,
    name: `ConvNet-${depth} (${filters}${norm === "batch" ? ", batch norm" : ""})`,
    parameters: p,
    featureCount,
    features: (w, x) => forward(w, x),
    apply: (w, x) => head(w, forward(w, x)),
    ...(norm === "batch" ? { train: trainingWith((w, x, seen) => head(w, forward(w, x, seen))) } : {}),
  };
}

function framedIn(x: Tensor4D, border: number): Tensor4D {
  const sides: [number, number] = [border, border];
  return tf.pad(x, [[0, 0], sides, sides, [0, 0]], BLACK) as Tensor4D;
}

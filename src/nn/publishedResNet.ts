// Residual networks for photographs exactly as published evaluations have them (He et al. 2016; torchvision; and with
// average pooling for strides, Kim et al. 2022), so that trained weights of PyTorch can be read. The ResNets of small
// grey images are in resNet.ts: they differ in padding and order, and their results are out.
import { type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { relu } from "../tensor/fused";
import type { ImageSpace } from "./denoiserNetwork";
import type { ImageClassifier } from "./imageClassifier";
import { heConv } from "./instanceBlock";
import { dense, type Layer } from "./layers";
import { type Normalise, type NormKind, normalisation, type Statistics, trainingWith } from "./normalisation";
import { Parameters, type Weights } from "./parameters";
import { expectWhole } from "./wholeNumbers";

/** What lies before the stages: by how much it shrinks the images, and the size of its convolution. */
export type Entrance = "large" | "middle" | "small";

/** What a residual network for photographs is built from. */
export interface PublishedResNetConfig extends ImageSpace {
  /** Tells it from the other networks. */
  readonly kind: "published-resnet";
  /** Blocks of each stage; every stage but the first halves height and width and doubles the channels. */
  readonly stages: readonly number[];
  /** Two convolutions of 3x3, or 1x1, 3x3 and 1x1 with four times the channels behind. */
  readonly block: "basic" | "bottleneck";
  /** Channels of the first stage, 64 in all published results. */
  readonly filters: number;
  /** Whether a stage halves its input by a stride of 2, or by averaging 2 x 2 pixels (ResNetAP). */
  readonly halve: "stride" | "average";
  /** Of all layers. */
  readonly norm: NormKind;
  /**
   * `large`: 7x7 and pooling, a quarter of the size. `middle`: 3x3 and pooling, half the size. `small`: 3x3 alone, the
   * "modified" ResNet of 64 x 64 images. Default: large above 128 pixels, middle above 64, as the shared evaluator has it.
   */
  readonly entrance?: Entrance;
}

/** @inline */
type Published = Omit<PublishedResNetConfig, keyof ImageSpace>;

const stagesOf = { 10: [1, 1, 1, 1], 18: [2, 2, 2, 2], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3] } as const;

/**
 * A published ResNet by its depth (He et al. 2016; with `halve: "average"` the ResNetAP of Kim et al. 2022).
 *
 * @param norm of all layers
 * @param options what differs: default 64 filters, halving by stride, and the entrance that the size of the images asks
 *   for
 * @returns what `EvaluateOptions.network` takes: size of the images and number of classes come from the dataset
 * @example igds.nn.publishedResNetOf(50, "batch").block; // "bottleneck"
 */
export function publishedResNetOf(
  depth: keyof typeof stagesOf,
  norm: NormKind,
  options: Partial<Pick<Published, "halve" | "entrance" | "filters">> = {},
): Published {
  return {
    kind: "published-resnet",
    stages: stagesOf[depth],
    block: depth >= 50 ? "bottleneck" : "basic",
    filters: 64,
    halve: "stride",
    norm,
    ...options,
  };
}

/** Channels behind a bottleneck, over those inside. */
const EXPANSION = 4;

/** Builds the network: entrance, stages, mean over the pixels, linear layer. @throws RangeError if a size is no whole number */
export function publishedResNet(config: PublishedResNetConfig): ImageClassifier<PublishedResNetConfig> {
  const { stages, block, filters, halve, norm, channels, classes } = config;
  expectWhole("A ResNet", { stages, filters });
  const p = new Parameters();
  const enter = entranceOf(p, config, channels);
  const blocks: Block[] = [];
  let width = filters;
  stages.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      const inner = filters * 2 ** stage;
      const to = block === "bottleneck" ? EXPANSION * inner : inner;
      const shape = { from: width, inner, to, halve: stage > 0 && i === 0 ? halve : null, norm };
      blocks.push(residualBlock(p, `stage.${stage}.${i}`, shape, block));
      width = to;
    }
  });
  const head = dense<Tensor2D>(p, "head", width, classes, { uniform: true });
  const forward = (w: Weights, x: Tensor4D, training?: Statistics): Tensor2D => {
    const first = enter(w, x, training);
    return tf.mean(
      blocks.reduce((h, next) => next(w, h, training), first),
      [1, 2],
    ) as Tensor2D;
  };
  const perBlock = block === "bottleneck" ? 3 : 2;
  const layers = 2 + perBlock * stages.reduce((sum, count) => sum + count, 0);
  const name = `ResNet${halve === "average" ? "AP" : ""}-${layers}`;
  return {
    config,
    name: `${entranceFor(config) === "small" ? "modified " : ""}${name} (${filters}, ${norm} norm)`,
    parameters: p,
    featureCount: width,
    features: (w, x) => forward(w, x),
    apply: (w, x) => head(w, forward(w, x)),
    ...(norm === "batch" ? { train: trainingWith((w, x, seen) => head(w, forward(w, x, seen))) } : {}),
  };
}

/** The entrance of the config, or that of the image size. */
function entranceFor({ entrance, height }: PublishedResNetConfig): Entrance {
  return entrance ?? (height > 128 ? "large" : height > 64 ? "middle" : "small");
}

type Block = (w: Weights, x: Tensor4D, training?: Statistics) => Tensor4D;

function entranceOf(p: Parameters, config: PublishedResNetConfig, channels: number): Block {
  const { filters, halve, norm } = config;
  const entrance = entranceFor(config);
  const size = entrance === "large" ? 7 : 3;
  const stride = entrance === "large" && halve === "stride" ? 2 : 1;
  const convolve = convolution(p, "enter.kernel", channels, filters, size, stride);
  const normalise = normalisation(norm, p, "enter.norm", filters, { activation: "relu" });
  const pool = poolOf(entrance, halve);
  return (w, x, training) => pool(normalise(w, convolve(w, x), training));
}

function poolOf(entrance: Entrance, halve: "stride" | "average"): (x: Tensor4D) => Tensor4D {
  if (entrance === "small") return (x) => x;
  if (halve === "average") {
    const size = entrance === "large" ? 4 : 2;
    return (x) => tf.avgPool(x, size, size, "valid");
  }
  // Behind a ReLU, so that a border of zeros never wins against a pixel.
  return (x) => tf.maxPool(bordered(x, 1), 3, 2, "valid");
}

interface BlockShape {
  readonly from: number;
  /** Channels of all convolutions but the last of a bottleneck. */
  readonly inner: number;
  readonly to: number;
  readonly halve: "stride" | "average" | null;
  readonly norm: NormKind;
}

/** relu(x' + inner(x)), where x' is x, or a 1x1 convolution of it where shapes change. */
function residualBlock(
  p: Parameters,
  path: string,
  shape: BlockShape,
  kind: PublishedResNetConfig["block"],
): Block {
  const { from, inner, to, halve, norm } = shape;
  const stride = halve === "stride" ? 2 : 1;
  // The shortcut is pooled before its norm, the inner path behind the ReLU, as the published code does.
  const smaller = (x: Tensor4D) => (halve === "average" ? tf.avgPool(x, 2, 2, "valid") : x);
  const sizes =
    kind === "basic"
      ? [{ size: 3, width: inner, halves: true }, { size: 3, width: to, halves: false }] // biome-ignore format: one row
      : [
          { size: 1, width: inner, halves: false },
          { size: 3, width: inner, halves: true },
          { size: 1, width: to, halves: false },
        ];
  let width = from;
  const steps = sizes.map(({ size, width: next, halves }, i) => {
    const last = i === sizes.length - 1;
    const step = {
      convolve: convolution(p, `${path}.conv${i + 1}`, width, next, size, halves ? stride : 1),
      normalise: normalisation(norm, p, `${path}.norm${i + 1}`, next, last ? {} : { activation: "relu" }),
      halves,
    };
    width = next;
    return step;
  });
  const shortcut = from !== to || halve !== null ? shortcutOf(p, path, shape, smaller) : null;
  return (w, x, training) => {
    const last = steps.length - 1;
    const result = steps.reduce((h, { convolve, normalise, halves }, i) => {
      const normal = normalise(w, convolve(w, h), training);
      return halves && i < last ? smaller(normal) : normal;
    }, x);
    return relu(tf.add(result, shortcut ? shortcut(w, x, training) : x) as Tensor4D);
  };
}

function shortcutOf(
  p: Parameters,
  path: string,
  { from, to, halve, norm }: BlockShape,
  smaller: (x: Tensor4D) => Tensor4D,
): Block {
  const convolve = convolution(p, `${path}.shortcut.kernel`, from, to, 1, halve === "stride" ? 2 : 1);
  const normalise: Normalise = normalisation(norm, p, `${path}.shortcut.norm`, to);
  return (w, x, training) => normalise(w, smaller(convolve(w, x)), training);
}

/**
 * A convolution with as many zeros on every side as PyTorch's `padding=size // 2`: with a stride TensorFlow's "same"
 * puts them at the end alone. The variance is kept backwards, over the outputs (He et al. 2015), as published.
 */
function convolution(
  p: Parameters,
  path: string,
  from: number,
  to: number,
  size: number,
  stride: number,
): Layer<Tensor4D> {
  const initial = { deviation: Math.sqrt(2 / (size * size * to)) };
  if (stride === 1 || size === 1) return heConv(p, path, from, to, { size, stride, initial });
  const kernel = p.add<Tensor4D>(path, [size, size, from, to], initial);
  return (w, x) => tf.conv2d(bordered(x, (size - 1) / 2), kernel(w), stride, "valid");
}

function bordered(x: Tensor4D, by: number): Tensor4D {
  const sides: [number, number] = [by, by];
  return tf.pad(x, [[0, 0], sides, sides, [0, 0]]) as Tensor4D;
}

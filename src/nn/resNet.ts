// Residual networks of basic blocks (He et al. 2016) for small images, with instance norm as the published
// evaluations of distilled sets use it: ResNet-18, and ResNetAP-10, which halves by average pooling instead
// of strides (Kim et al. 2022). A block pools before its norm here, where the published one pools behind the ReLU: that
// one, which reads weights of others, is in publishedResNet.ts.
import { type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { relu } from "../tensor/fused";
import type { ImageSpace } from "./denoiserNetwork";
import type { ImageClassifier } from "./imageClassifier";
import { heConv, instanceNorm } from "./instanceBlock";
import { dense, type Layer } from "./layers";
import { Parameters } from "./parameters";
import { expectWhole } from "./wholeNumbers";

/** What a residual network for small images is built from. */
export interface ResNetConfig extends ImageSpace {
  /** Tells it from the other networks. */
  readonly kind: "resnet";
  /** Blocks of each stage; every stage but the first halves height and width and doubles the channels. */
  readonly stages: readonly number[];
  /** Channels of the first stage. */
  readonly filters: number;
  /** Whether a stage halves its input by a stride of 2, or by averaging 2 x 2 pixels (ResNetAP). */
  readonly halve: "stride" | "average";
}

export const resNet18: Omit<ResNetConfig, keyof ImageSpace> = {
  kind: "resnet",
  stages: [2, 2, 2, 2],
  filters: 64,
  halve: "stride",
};

export const resNetAp10: Omit<ResNetConfig, keyof ImageSpace> = {
  kind: "resnet",
  stages: [1, 1, 1, 1],
  filters: 64,
  halve: "average",
};

/**
 * Builds a ResNet: a 3x3 convolution that keeps the size (no pooling at the entrance, which small images
 * could not afford), the stages, a mean over the pixels and a linear layer.
 * @throws RangeError if a size is no whole number
 */
export function resNet(config: ResNetConfig): ImageClassifier<ResNetConfig> {
  const { stages, filters, halve, channels, classes } = config;
  expectWhole("A ResNet", { stages, filters });
  const p = new Parameters();
  const enter = heConv(p, "enter.kernel", channels, filters);
  const enterNorm = instanceNorm(p, "enter.norm", filters, { activation: "relu" });
  const blocks: Layer<Tensor4D>[] = [];
  let width = filters;
  stages.forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      const to = filters * 2 ** stage;
      blocks.push(basicBlock(p, `stage.${stage}.${i}`, width, to, stage > 0 && i === 0 ? halve : null));
      width = to;
    }
  });
  const head = dense<Tensor2D>(p, "head", width, classes);
  const features: ImageClassifier["features"] = (w, x) => {
    const first = enterNorm(w, enter(w, x));
    return tf.mean(
      blocks.reduce((h, block) => block(w, h), first),
      [1, 2],
    ) as Tensor2D;
  };
  const layers = 2 + 2 * stages.reduce((sum, count) => sum + count, 0);
  return {
    config,
    name: `ResNet${halve === "average" ? "AP" : ""}-${layers} (${filters})`,
    parameters: p,
    featureCount: width,
    features,
    apply: (w, x) => head(w, features(w, x)),
  };
}

/** relu(x' + norm(conv(relu(norm(conv(x)))))), where x' is x, or a 1x1 convolution of it where shapes change. */
function basicBlock(
  p: Parameters,
  path: string,
  from: number,
  to: number,
  halve: "stride" | "average" | null,
): Layer<Tensor4D> {
  const stride = halve === "stride" ? 2 : 1;
  const smaller = (x: Tensor4D) => (halve === "average" ? tf.avgPool(x, 2, 2, "same") : x);
  const conv1 = heConv(p, `${path}.conv1`, from, to, { stride });
  const norm1 = instanceNorm(p, `${path}.norm1`, to, { activation: "relu" });
  const conv2 = heConv(p, `${path}.conv2`, to, to);
  const norm2 = instanceNorm(p, `${path}.norm2`, to);
  const changes = from !== to || halve !== null;
  const shortcut = changes ? heConv(p, `${path}.shortcut.kernel`, from, to, { size: 1, stride }) : null;
  const shortcutNorm = changes ? instanceNorm(p, `${path}.shortcut.norm`, to) : null;
  return (w, x) => {
    const inner = norm1(w, smaller(conv1(w, x)));
    const direct = shortcut && shortcutNorm ? shortcutNorm(w, smaller(shortcut(w, x))) : x;
    return relu(tf.add(norm2(w, conv2(w, inner)), direct) as Tensor4D);
  };
}

// What every network that classifies images is to the evaluation, and how one is built from its settings.
import type { Tensor2D, Tensor4D } from "../tensor/engine";
import { type ConvNetConfig, convNet } from "./convNet";
import type { ImageSpace } from "./denoiserNetwork";
import { type MlpConfig, mlp } from "./mlp";
import type { Parameters, Weights } from "./parameters";
import { type PublishedResNetConfig, publishedResNet } from "./publishedResNet";
import { type ResNetConfig, resNet } from "./resNet";
import { type VitConfig, vit } from "./vit";

/** Settings of a classifier of images, with the kind of network in `kind`. */
export type ImageClassifierConfig =
  | ConvNetConfig
  | ResNetConfig
  | PublishedResNetConfig
  | MlpConfig
  | VitConfig;

/** The settings without the size of the images and the number of classes: what a protocol names. */
export type Architecture =
  | Omit<ConvNetConfig, keyof ImageSpace>
  | Omit<ResNetConfig, keyof ImageSpace>
  | Omit<PublishedResNetConfig, keyof ImageSpace>
  | Omit<MlpConfig, keyof ImageSpace>
  | Omit<VitConfig, keyof ImageSpace>;

/** A network from images to classes, linear in its last layer. */
export interface ImageClassifier<C extends ImageClassifierConfig = ImageClassifierConfig> {
  /** What it is built from. */
  readonly config: C;
  /** For results, for example `ConvNet-3 (64)`. */
  readonly name: string;
  /** Names, shapes and initial values of its weights. */
  readonly parameters: Parameters;
  /** Numbers in one row of {@link features}. */
  readonly featureCount: number;
  /**
   * What the last, linear layer sees.
   * @param x images, [N, H, W, channels]
   * @returns [N, featureCount]
   */
  features(w: Weights, x: Tensor4D): Tensor2D;
  /**
   * Scores each class: a pure function, which can be compiled and differentiated, once (see `dense`).
   * @param x images, [N, H, W, channels]
   * @returns logits, [N, classes]
   */
  apply(w: Weights, x: Tensor4D): Tensor2D;
  /**
   * As `apply`, in training, where that is not the same: batch norm by the batch itself.
   * @returns logits, and the running statistics after this batch by path
   */
  train?(w: Weights, x: Tensor4D): { logits: Tensor2D; statistics: Weights };
}

/**
 * Builds the network of the settings.
 * @throws if the images do not fit the network, or the kind is not known
 */
export function imageClassifier(config: ImageClassifierConfig): ImageClassifier {
  switch (config.kind) {
    case "convnet":
      return convNet(config);
    case "resnet":
      return resNet(config);
    case "published-resnet":
      return publishedResNet(config);
    case "mlp":
      return mlp(config);
    case "vit":
      return vit(config);
    default:
      throw new Error(
        `Expected a classifier of kind convnet, resnet, published-resnet, mlp or vit, found "${(config as { kind: unknown }).kind}".`,
      );
  }
}

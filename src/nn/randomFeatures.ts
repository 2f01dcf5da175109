// Features of networks that were never trained: a neutral eye. What is near in the features of several random ConvNets
// is near for most networks at the start of their training, which is when a small set is learned from.
// Zhao & Bilen, Dataset Condensation with Distribution Matching (WACV 2023), match means in such features.

import defaults from "lodash/defaults";
import type { ImageBatch } from "../tensor/batch";
import { type Tensor, type Tensor2D, tf } from "../tensor/engine";
import { Seed, type SeedLike } from "../tensor/random";
import { convNet } from "./convNet";
import type { ImageClassifier } from "./imageClassifier";
import { mlp } from "./mlp";
import type { Weights } from "./parameters";

/** A map from images to features: a network with weights. `network.features(weights, x)` gives them, [N, F]. */
export interface FeatureMap {
  /** Of its answers only `features` are asked for; `featureCount` is F. */
  readonly network: ImageClassifier;
  /** Owned by the holder, who disposes of them: `tf.dispose({ ...map.weights })`. */
  readonly weights: Weights;
}

/** A thousand images of Fashion-MNIST. */
const PIXELS_AT_ONCE = 1000 * 28 * 28;

const randomFeatureDefaults = { maps: 4, depth: 3, filters: 64 } as const;

/**
 * Untrained ConvNets, each from its own seed. Their features are what the last layer would see, F numbers of an image with
 * F = filters floor(height / 2^depth) floor(width / 2^depth): 576 by default for images of 28 x 28.
 *
 * @param shape of the images
 * @param seed map i draws its weights from the child "map", i of it
 * @param options `maps`: how many, default 4; `depth`: blocks of each network, every one of which halves the image, default
 *   3; `filters`: channels of each block, default 64
 * @returns the maps; their weights are in the engine until the caller disposes of them
 * @throws Error if the images are too small to be halved `depth` times
 * @example
 * const maps = igds.nn.randomFeatures(dataset.shape, 0);
 */
export function randomFeatures(
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  seed: SeedLike,
  options: { readonly maps?: number; readonly depth?: number; readonly filters?: number } = {},
): FeatureMap[] {
  const { maps, depth, filters } = defaults({}, options, randomFeatureDefaults);
  const source = Seed.of(seed);
  // The last layer is not looked at; its classes only have to be some.
  const network = convNet({ kind: "convnet", depth, filters, height, width, channels, classes: 2 });
  return Array.from({ length: maps }, (_, i) => ({
    network,
    weights: network.parameters.initialise(source.child("map", i)),
  }));
}

/**
 * The pixels as they are: what the first layer of a network that does not convolve adds up. F = height width channels.
 *
 * @param shape of the images
 * @returns a map without weights, which need not be disposed of
 * @example
 * const map = igds.nn.pixelFeatures(dataset.shape);
 */
export function pixelFeatures([height, width, channels]: readonly [
  height: number,
  width: number,
  channels: number,
]): FeatureMap {
  return { network: mlp({ kind: "mlp", hidden: [], height, width, channels, classes: 2 }), weights: {} };
}

/**
 * What a map sees of images, some at a time: what its layers hold of all of them at once may be more than memory has.
 *
 * @param features of its network; give a compiled function for many images or maps
 * @returns [N, F]; call it within a tidy
 */
export function featuresOf(
  { network, weights }: FeatureMap,
  { data, shape }: ImageBatch,
  features: ImageClassifier["features"] = network.features,
): Tensor2D {
  const [count, height, width, channels] = shape;
  const size = height * width * channels;
  const atOnce = Math.max(1, Math.floor(PIXELS_AT_ONCE / (height * width)));
  const parts: Tensor2D[] = [];
  for (let from = 0; from < count; from += atOnce) {
    const to = Math.min(count, from + atOnce);
    const images = () =>
      tf.tensor4d(data.subarray(from * size, to * size), [to - from, height, width, channels]);
    parts.push(tf.tidy(() => features(weights, images()) as Tensor2D));
  }
  return tf.concat(parts);
}

/** Frees the weights. */
export function disposeFeatures(maps: readonly FeatureMap[]): void {
  for (const { weights } of maps) tf.dispose(weights as Record<string, Tensor>);
}

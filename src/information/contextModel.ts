// The context variable Z of a class: which of its k = IPC clusters an image belongs to, fitted to real images.
//
// The images of class y are modelled as a mixture of isotropic Gaussians, one for each k-means cluster:
//     x | z, y ~ N(m_z, v_z I),  p(z|y) = w_z.
// With it, q(z | x_t, y) is known in closed form at every noise level (context.ts).

import { tf } from "../tensor/engine";
import { numbersOf } from "../tensor/numbersOf";
import { Seed, type SeedLike } from "../tensor/random";
import { type Calibration, fitTemperature } from "./calibration";
import { contextLogits, contextTensors } from "./context";
import { kMeans } from "./kMeans";

/** The clusters of one class. */
export interface ContextModel {
  /** Numbers in one image, d. */
  readonly dimension: number;
  /** Number of clusters, k = IPC. */
  readonly k: number;
  /** m_z, row by row, k x d. */
  readonly centroids: Float32Array;
  /** w_z > 0, k of them, sum 1. */
  readonly weights: Float32Array;
  /** v_z > 0: variance in each dimension inside the cluster, k of them. */
  readonly variance: Float32Array;
}

/** Smallest v_z: images in [-1, 1] stored as bytes differ by 2/255 or not at all. */
const SMALLEST_VARIANCE = (1 / 255) ** 2;

/**
 * Fits the context model of one class by k-means.
 *
 * v_z is the unbiased variance inside cluster z; a cluster of a single image takes the mean inside all clusters. None is
 * below what storing images as bytes leaves open.
 *
 * @param images the real images of the class, one row each, N x `dimension`, values in [-1, 1]
 * @param k number of clusters, the IPC; at most N
 * @param seed of the k-means start
 * @throws RangeError if the images are not whole rows or fewer than k
 * @example
 * const images = distiller.classContext.realImages(3, "clusters", 100).data; // dresses
 * igds.information.fitContext(images, 784, 5, 0).weights; // the shares of 5 clusters
 */
export function fitContext(images: Float32Array, dimension: number, k: number, seed: SeedLike): ContextModel {
  const count = images.length / dimension;
  if (!Number.isInteger(count) || !Number.isInteger(k) || k < 1 || count < k) {
    throw new RangeError(
      `fitContext: expected at least k = ${k} rows of ${dimension} numbers, found ${images.length} numbers. ` +
        "Pass the images of one class row by row, and k = IPC no larger than their number.",
    );
  }
  const { centroids, assignment, counts } = kMeans(images, dimension, k, Seed.of(seed));
  const squares = new Float64Array(k);
  for (let i = 0; i < count; i++) {
    const z = assignment[i]!;
    for (let c = 0; c < dimension; c++) {
      squares[z]! += (images[i * dimension + c]! - centroids[z * dimension + c]!) ** 2;
    }
  }
  const total = squares.reduce((sum, value) => sum + value, 0);
  const pooled = total / (dimension * Math.max(1, count - k));
  const variance = Float32Array.from(squares, (sum, z) => {
    const own = counts[z]! > 1 ? sum / (dimension * (counts[z]! - 1)) : pooled;
    return Math.max(own, SMALLEST_VARIANCE);
  });
  return { dimension, k, centroids, weights: Float32Array.from(counts, (n) => n / count), variance };
}

/**
 * The cluster of each image: the nearest centroid.
 *
 * @param images row by row, N x d, without noise
 * @returns z in 0..k-1, N of them
 */
export function contextOf(images: Float32Array, model: ContextModel): Int32Array {
  const { dimension, k, centroids } = model;
  const count = images.length / dimension;
  return Int32Array.from({ length: count }, (_, i) => {
    let best = 0;
    let nearest = Infinity;
    for (let z = 0; z < k; z++) {
      let distance = 0;
      for (let c = 0; c < dimension; c++) {
        distance += (images[i * dimension + c]! - centroids[z * dimension + c]!) ** 2;
      }
      if (distance < nearest) {
        nearest = distance;
        best = z;
      }
    }
    return best;
  });
}

/**
 * Calibrates q(z | x_t, y) at given noise levels on held-out real images of the class: one temperature for each
 * level, to pass to `contextInformation`.
 *
 * It is needed wherever images are nearly clean. The model spreads the variance of a cluster over all d directions,
 * that of real images lies in few, so q is far too sure. Fashion-MNIST, first class, k = 10, held-out test images,
 * bound on I(X;Z|Y) of at most H(Z|Y) = 2.23 nats:
 *
 *   alphaBar           1      0.9    0.5    0.2    0.05   0.01
 *   temperature        43     13     3.4    2.0    1.25   1.10
 *   bound without it  -5.52   0.80   1.67   1.41   0.90   0.29
 *   bound with it      1.88   2.01   1.92   1.57   0.92   0.30
 *
 * @param images held-out images, row by row, N x d; not those the model was fitted to
 * @param alphaBars the noise levels, each in (0, 1]
 * @param seed of the noise
 * @returns one calibration for each level, in the given order
 * @example
 * const images = distiller.classContext.realImages(3, "clusters", 200).data;
 * const model = igds.information.fitContext(images.subarray(0, 100 * 784), 784, 5, 0);
 * igds.information.calibrateContext(model, images.subarray(100 * 784), [1, 0.5], 0)[0].temperature; // far above 1
 */
export function calibrateContext(
  model: ContextModel,
  images: Float32Array,
  alphaBars: readonly number[],
  seed: SeedLike,
): Calibration[] {
  const { dimension } = model;
  const count = images.length / dimension;
  const contexts = contextOf(images, model);
  const source = Seed.of(seed);
  return alphaBars.map((alphaBar, level) => {
    const noise = source.child("noise", level).normal(images.length);
    const noised = images.map(
      (value, i) => Math.sqrt(alphaBar) * value + Math.sqrt(1 - alphaBar) * noise[i]!,
    );
    const logits = numbersOf(() =>
      contextLogits(tf.tensor2d(noised, [count, dimension]), contextTensors([model]), { alphaBar }),
    );
    return fitTemperature(logits, contexts);
  });
}

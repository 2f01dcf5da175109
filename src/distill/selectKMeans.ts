// The strongest plain baseline: the real images that lie in the middle of the clusters of each class.

import { gather } from "../datasets/batches";
import type { Dataset, Split } from "../datasets/dataset";
import { kMeans } from "../information/kMeans";
import { pause } from "../tensor/pause";
import type { ProgressEvent } from "../tensor/progress";
import type { Seed } from "../tensor/random";
import { membersByClass, type Selection } from "./selectRandom";

/**
 * Clusters the pixels of each class by k-means with k = IPC and takes from each cluster the image nearest to its
 * centroid, large clusters first. At IPC 1 this is the image nearest to the mean of the class.
 *
 * Runs one class at a time and lets other work in between, such as the display of progress.
 *
 * @param classes class names in label order
 * @param onProgress called after each class; `done` and `total` count classes
 * @param among places in the split to choose from; default: all
 * @throws RangeError if a class has fewer than `ipc` images
 */
export async function selectKMeans(
  split: Split,
  shape: Dataset["shape"],
  classes: readonly string[],
  ipc: number,
  seed: Seed,
  onProgress: (event: ProgressEvent) => void = () => {},
  among?: ArrayLike<number>,
): Promise<Selection> {
  const selection: Int32Array[] = [];
  for (const [label, members] of membersByClass(split, classes, ipc, among).entries()) {
    const { data } = gather(split, shape, members);
    const medoids = nearestToCentroids(
      data,
      data.length / members.length,
      ipc,
      seed.child("select k-means", label),
    );
    selection.push(medoids.map((place) => members[place]!));
    onProgress({ label: "k-means selection", done: label + 1, total: classes.length });
    await pause();
  }
  return selection;
}

/** The row nearest to the centroid in each cluster: from its own members, so that no row is taken twice. */
function nearestToCentroids(points: Float32Array, dimension: number, k: number, seed: Seed): Int32Array {
  const { centroids, assignment, counts } = kMeans(points, dimension, k, seed);
  const nearest = new Int32Array(k).fill(-1);
  const least = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < assignment.length; i++) {
    const cluster = assignment[i]!;
    let distance = 0;
    for (let c = 0; c < dimension; c++) {
      distance += (points[i * dimension + c]! - centroids[cluster * dimension + c]!) ** 2;
    }
    if (distance < least[cluster]!) {
      least[cluster] = distance;
      nearest[cluster] = i;
    }
  }
  const bySize = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  return Int32Array.from(bySize, (cluster) => nearest[cluster]!);
}

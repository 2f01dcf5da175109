// What guidance knows of the real images of a class: how far they lie apart, and their clusters.
import { gather } from "../datasets/batches";
import { type Dataset, indicesByClass } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import { alphaBar } from "../diffusion/schedule";
import { BANDWIDTH_IMAGES, bandwidthBySize } from "../information/bandwidth";
import { type ContextModel, calibrateContext, fitContext } from "../information/contextModel";
import { mixtureInformationOf } from "../information/mixture";
import type { ImageBatch } from "../tensor/batch";
import { Seed } from "../tensor/random";

/**
 * Real images per class that the clusters are fitted to, and at least so many for each cluster: every image of a set is
 * drawn to the centre of its own, so the centres must be known well. (An audit, which only counts how a set spreads over
 * clusters, has enough with fewer: evaluate/auditInformation.ts.)
 */
const CLUSTER_IMAGES = 2000;
const IMAGES_OF_CLUSTER = 20;
/** Time steps at which q(z|x,y) is calibrated. */
const LEVELS = [0, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 999];

/** A temperature of q(z|x,y) at one time step. */
export interface LevelTemperature {
  /** Time step, 0..T-1. */
  readonly t: number;
  /** q = softmax(logits / temperature), > 0. */
  readonly temperature: number;
}

/**
 * What guidance may ask about real images: a `Distiller` takes it from its dataset, a page from a file.
 * @interface
 */
export type ClassKnowledge = Pick<
  ClassContext,
  "fitted" | "bandwidth" | "model" | "temperatures" | "prototypes" | "realImages" | "realInformation"
>;

export class ClassContext {
  private readonly fit: readonly Int32Array[];
  private readonly heldOut: readonly Int32Array[];
  private readonly bandwidths = new Map<number, (size: number) => number>();
  private readonly models = new Map<string, ContextModel>();
  private readonly calibrations = new Map<string, LevelTemperature[]>();
  /** Places in the train split that models are fitted on. */
  readonly fitted: Int32Array;
  private readonly seed: Seed;
  private readonly dimension: number;

  constructor(private readonly dataset: Dataset) {
    const split = developmentSplit(dataset);
    const perClass = (chosen: Int32Array): Int32Array[] => {
      const labels = chosen.map((i) => dataset.train.labels[i]);
      return indicesByClass(labels, dataset.classes.length).map((places) => places.map((i) => chosen[i]));
    };
    this.fitted = split.fit;
    this.fit = perClass(split.fit);
    this.heldOut = perClass(split.heldOut);
    this.seed = new Seed("class context").child(dataset.name);
    this.dimension = dataset.shape.reduce((a, b) => a * b, 1);
  }

  /** s^2 of the mixture bound: the median rule on *real* images of the class, so that a set that collapses has none. */
  bandwidth(label: number, ipc: number): number {
    let bySize = this.bandwidths.get(label);
    if (!bySize) {
      const images = this.realImages(label, "bandwidth", BANDWIDTH_IMAGES);
      bySize = bandwidthBySize(images.data, this.dimension);
      this.bandwidths.set(label, bySize);
    }
    return bySize(ipc);
  }

  /** The clusters of a class, k = IPC, fitted to real images. */
  model(label: number, ipc: number): ContextModel {
    const key = `${label} ${ipc}`;
    let model = this.models.get(key);
    if (!model) {
      const images = this.realImages(
        label,
        "clusters",
        Math.max(CLUSTER_IMAGES, IMAGES_OF_CLUSTER * ipc),
      ).data;
      const found = images.length / this.dimension;
      if (found < ipc)
        throw new RangeError(
          `Class "${this.dataset.classes[label]}": expected at least ${ipc} training images to find ${ipc} clusters in, ` +
            `found ${found} (a twelfth of a class is held out). Ask for fewer images per class, or add real ones.`,
        );
      model = fitContext(images, this.dimension, ipc, this.seed.child("clusters", label, ipc));
      this.models.set(key, model);
    }
    return model;
  }

  /** Temperatures of q(z|x,y) by time step: geometric mean over the given classes, fitted on held-out images. */
  temperatures(labels: readonly number[], ipc: number): LevelTemperature[] {
    if (ipc === 1) return [{ t: 0, temperature: 1 }];
    const key = `${labels.join()} ${ipc}`;
    const known = this.calibrations.get(key);
    if (known) return known;
    const alphaBars = LEVELS.map((t) => alphaBar[t]);
    const logs = LEVELS.map(() => 0);
    for (const label of labels) {
      const images = this.images(this.heldOut[label], "calibration", label, 500).data;
      calibrateContext(
        this.model(label, ipc),
        images,
        alphaBars,
        this.seed.child("calibration", label, ipc),
      ).forEach(({ temperature }, level) => {
        logs[level] += Math.log(temperature) / labels.length;
      });
    }
    const calibration = LEVELS.map((t, level) => ({ t, temperature: Math.exp(logs[level]) }));
    this.calibrations.set(key, calibration);
    return calibration;
  }

  /** The k-means centres of classes, k = IPC, class after class: one prototype for each image of a set. */
  prototypes(labels: readonly number[], ipc: number): ImageBatch {
    const data = new Float32Array(labels.length * ipc * this.dimension);
    labels.forEach((label, k) => {
      data.set(this.model(label, ipc).centroids, k * ipc * this.dimension);
    });
    return { data, shape: [labels.length * ipc, ...this.dataset.shape] };
  }

  /** Real images of a class that models are fitted on, drawn for a purpose; fewer if the class has no more. */
  realImages(label: number, purpose: string, most: number): ImageBatch {
    return this.images(this.fit[label], purpose, label, most);
  }

  /**
   * The mixture lower bound of random real subsets of a class, with the bandwidth that sets of the IPC have.
   * @returns the mean over the subsets, nats; zero at IPC 1
   */
  realInformation(label: number, ipc: number, subsets: number): number {
    const s2 = this.bandwidth(label, ipc);
    let sum = 0;
    for (let i = 0; i < subsets; i++)
      sum += mixtureInformationOf(this.realImages(label, `subset ${i}`, ipc).data, this.dimension, s2).low;
    return sum / subsets;
  }

  private images(of: Int32Array, purpose: string, label: number, most: number): ImageBatch {
    const order = this.seed.child(purpose, label).permutation(of.length).subarray(0, most);
    return gather(
      this.dataset.train,
      this.dataset.shape,
      order.map((i) => of[i]),
    );
  }
}

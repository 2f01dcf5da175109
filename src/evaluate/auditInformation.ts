// The two informations of a set that anybody made, by the bounds of src/information.
//
// Prototype information I(X;Y): Barber and Agakov's bound, of the set's images by a calibrated classifier of real ones,
// and of real images by what the set alone tells (auditSetPrototype.ts). The first is about the labels as the set has
// them, at most their entropy (information/prototypeOfSet.ts). Contextual information H(X|Y): the parts of it that a set
// can gain by being spread out, per class, weighted by the images of the class. Real images as many as the set has, drawn
// at random from those that no model has seen, stand beside: the bounds depend on the size of the set.
import { gather } from "../datasets/batches";
import { type Dataset, indicesByClass } from "../datasets/dataset";
import { BANDWIDTH_IMAGES, bandwidthBySize } from "../information/bandwidth";
import { cmiOfSets } from "../information/cmi";
import { contextInformation, contextTensors } from "../information/context";
import { type ContextModel, calibrateContext, fitContext } from "../information/contextModel";
import type { Judge } from "../information/judge";
import { mixtureInformationOf, type Sandwich } from "../information/mixture";
import { prototypeInformationOfSet } from "../information/prototypeOfSet";
import { tf } from "../tensor/engine";
import { pause } from "../tensor/pause";
import { Seed } from "../tensor/random";
import { type SetPrototypeAudit, setPrototypeMeter } from "./auditSetPrototype";
import type { LabelledSet } from "./labelledSet";
import { realSetLike, realSetsLike, trainByClass } from "./realSetLike";
import { type MeanInterval, meanInterval } from "./statistics";

/**
 * Barber and Agakov's bound by one judge on I(X;Y) of the set, X a random one of its images; nats, at most the entropy
 * H(Y) of its labels: ln C if it has equally many images of every class.
 */
export interface PrototypeAudit {
  /** Name of the judge. */
  readonly judge: string;
  /** H(Y) + mean over the images of log q(y|x), the judge told how many images of each class the set has. */
  readonly bound: number;
  /** Of the mean over the images. */
  readonly standardError: number;
}

/** Lower and upper bounds on the contextual information; nats, between 0 and the ceiling. */
export interface ContextualAudit {
  /** Mixture sandwich on the information about which image of its class a blurred image is. */
  readonly mixture: Sandwich<number>;
  /** I(X;Z|Y) about the k-means cluster of real images, k = images of the class; a lower bound. */
  readonly context: number;
  /** I(X;Yhat|Y) about the class that the first judge names; a lower bound. */
  readonly cmi: number;
}

/** Both informations of a set, beside those of real sets; nats. */
export interface InformationAudit {
  /** What classifiers of real images say of the set's. */
  readonly prototype: readonly PrototypeAudit[];
  /** What the set tells of real images; null if a class has no image. */
  readonly set: SetPrototypeAudit | null;
  /** Mean over the classes, weighted by their images. */
  readonly contextual: ContextualAudit;
  /** Of the contextual information: the mean of ln(images of the class). */
  readonly ceiling: number;
  /** The same of real sets; null where a class has more images in the set than held-out real ones. */
  readonly real: RealInformation | null;
}

/**
 * What real sets of the same class sizes have, mean and interval over draws that share no image; with room for a single
 * one there is no interval. They are held-out images but for `set`.
 */
export interface RealInformation {
  /** By each judge, as `PrototypeAudit.bound`. */
  readonly prototype: readonly { readonly judge: string; readonly bound: MeanInterval }[];
  /** What sets of other training images tell of held-out ones; null if a class has no image. */
  readonly set: MeanInterval | null;
  /** `low` and `high` are the sides of the mixture sandwich; the others as in `ContextualAudit`. */
  readonly contextual: Readonly<Record<"low" | "high" | "context" | "cmi", MeanInterval>>;
}

/**
 * Real images per class that the clusters are fitted to, and at least so many for each cluster. Half as many as guidance
 * has, or a fifth, and others: a set may have hundreds of images of a class, the clusters need only cut the class into
 * parts, and they should not be those that guided (distill/classContext.ts).
 */
const CLUSTER_IMAGES = 1000;
const IMAGES_OF_CLUSTER = 4;
/** Real images per class that the temperature is taken from. */
const CALIBRATION_IMAGES = 500;
/** Random real sets to compare with, where there are so many without an image in common. */
const REAL_SETS = 3;

/** What a class is measured with. */
interface Measure {
  /** s^2: the median rule on real images, so that a set that has collapsed has none. */
  readonly s2: number;
  readonly model: ContextModel;
  readonly temperature: number;
}

/** The two informations of sets with the same class sizes, by one fit to real images. */
export interface InformationMeter {
  measure(set: LabelledSet): Pick<InformationAudit, "prototype" | "contextual">;
  /** Of the contextual information: the mean of ln(images of the class), nats. */
  readonly ceiling: number;
}

/**
 * Fits what sets are measured with to real images.
 *
 * @param sizes images of each class
 * @param judges at least one; the first also gives `cmi`
 * @param onClass called as the classes are prepared
 */
export async function informationMeter(
  sizes: readonly number[],
  dataset: Dataset,
  judges: readonly Judge[],
  onClass: (done: number, total: number) => void = () => {},
): Promise<InformationMeter> {
  const seed = auditSeed(dataset);
  const fitted = trainByClass(dataset, "fit");
  const unseen = trainByClass(dataset, "heldOut");
  const measures: (Measure | null)[] = [];
  for (const [label, size] of sizes.entries()) {
    // One image has no contextual information.
    const own = { fitted: fitted[label], unseen: unseen[label] };
    measures.push(size < 2 ? null : measureFor(dataset, own, size, seed.child(label)));
    onClass(label + 1, sizes.length);
    await pause();
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return {
    measure: (set) => informationOf(set, measures, judges),
    ceiling: sizes.reduce((sum, size) => sum + (size > 0 ? (size / total) * Math.log(size) : 0), 0),
  };
}

/** The informations of a set and of random real ones of its class sizes; see `informationMeter`. */
export async function auditInformation(
  set: LabelledSet,
  dataset: Dataset,
  judges: readonly Judge[],
  onClass?: (done: number, total: number) => void,
): Promise<InformationAudit> {
  const sizes = indicesByClass(set.labels, dataset.classes.length).map((places) => places.length);
  const { measure, ceiling } = await informationMeter(sizes, dataset, judges, onClass);
  // Draws that share images would agree more than real sets do.
  const draws = Math.min(REAL_SETS, realSetsLike(set.labels, dataset, "heldOut"));
  const realSets = (part: "fit" | "heldOut") =>
    Array.from({ length: draws }, (_, draw) =>
      realSetLike(set.labels, dataset, part, auditSeed(dataset).child("real set"), draw),
    );
  const own = measure(set);
  const others = realSets("heldOut").map(measure);
  // Those are asked about held-out images, which must not be among their own.
  const told = toldBySets([set, ...realSets("fit")], dataset);
  const over = (value: (of: (typeof others)[number]) => number) => meanInterval(others.map(value));
  return {
    ...own,
    set: told[0],
    ceiling,
    real:
      others.length === 0
        ? null
        : {
            set: told[0] && meanInterval(told.slice(1).flatMap((one) => (one ? [one.bound] : []))),
            prototype: judges.map(({ name }, j) => ({
              judge: name,
              bound: over(({ prototype }) => prototype[j].bound),
            })),
            contextual: {
              low: over(({ contextual }) => contextual.mixture.low),
              high: over(({ contextual }) => contextual.mixture.high),
              context: over(({ contextual }) => contextual.context),
              cmi: over(({ contextual }) => contextual.cmi),
            },
          },
  };
}

function toldBySets(sets: readonly LabelledSet[], dataset: Dataset): (SetPrototypeAudit | null)[] {
  const meter = setPrototypeMeter(dataset, auditSeed(dataset));
  try {
    return sets.map(meter.measure);
  } finally {
    meter.dispose();
  }
}

function auditSeed(dataset: Dataset): Seed {
  return new Seed("audit").child(dataset.name);
}

function measureFor(
  { train, shape }: Dataset,
  { fitted, unseen }: { fitted: Int32Array; unseen: Int32Array },
  size: number,
  seed: Seed,
): Measure {
  const dimension = shape[0] * shape[1] * shape[2];
  const images = (of: Int32Array, most: number, purpose: string) => {
    const order = seed.child(purpose).permutation(of.length).subarray(0, most);
    return gather(
      train,
      shape,
      order.map((k) => of[k]),
    ).data;
  };
  const s2 = bandwidthBySize(images(fitted, BANDWIDTH_IMAGES, "bandwidth"), dimension)(size);
  const forClusters = images(fitted, Math.max(CLUSTER_IMAGES, IMAGES_OF_CLUSTER * size), "clusters");
  const k = Math.min(size, forClusters.length / dimension);
  const model = fitContext(forClusters, dimension, k, seed.child("k-means"));
  const held = images(unseen, CALIBRATION_IMAGES, "calibration");
  const [{ temperature }] = calibrateContext(model, held, [1], seed.child("noise"));
  return { s2, model, temperature };
}

function informationOf(
  { images, labels }: LabelledSet,
  measures: readonly (Measure | null)[],
  judges: readonly Judge[],
): { prototype: PrototypeAudit[]; contextual: ContextualAudit } {
  const scores = judges.map((judge) => judge.logits(images));
  const prototype = judges.map(({ name, temperature }, j) => {
    const { bound, standardError } = prototypeInformationOfSet(scores[j], labels, temperature);
    return { judge: name, bound, standardError };
  });
  const dimension = images.data.length / labels.length;
  const classes = measures.length;
  const sums = { low: 0, high: 0, context: 0, cmi: 0 };
  for (const [label, places] of indicesByClass(labels, classes).entries()) {
    const measure = measures[label];
    if (!measure) continue;
    const share = places.length / labels.length;
    const points = rows(images.data, places, dimension);
    const { low, high } = mixtureInformationOf(points, dimension, measure.s2);
    sums.low += share * low;
    sums.high += share * high;
    tf.tidy(() => {
      const x = tf.tensor2d(points, [places.length, dimension]);
      const model = contextTensors([measure.model]);
      const { set } = contextInformation(x, model, "soft", { alphaBar: 1 }, measure.temperature);
      sums.context += share * set.dataSync()[0];
      const logits = tf.tensor2d(rows(scores[0], places, classes), [places.length, classes]);
      sums.cmi += share * cmiOfSets(logits, judges[0].temperature).dataSync()[0];
    });
  }
  const { low, high, context, cmi } = sums;
  return { prototype, contextual: { mixture: { low, high }, context, cmi } };
}

function rows(from: Float32Array, places: Int32Array, width: number): Float32Array {
  const picked = new Float32Array(places.length * width);
  places.forEach((place, k) => {
    picked.set(from.subarray(place * width, (place + 1) * width), k * width);
  });
  return picked;
}

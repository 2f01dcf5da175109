// Everything that can be said of a set of labelled images, whoever made it, without trusting what they say of it.
import { gather } from "../datasets/batches";
import { type Dataset, indicesByClass } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import type { Judge } from "../information/judge";
import { argmaxRows } from "../tensor/argmaxRows";
import { sliceBatch } from "../tensor/batch";
import type { ProgressEvent } from "../tensor/progress";
import { Seed } from "../tensor/random";
import { auditInformation, type InformationAudit } from "./auditInformation";
import { type Coverage, FEWEST_REAL, RealManifold } from "./coverage";
import { type EvaluateOptions, type Evaluation, evaluateSet } from "./evaluateSet";
import { checkLabelledSet, type LabelledSet, roundToBytes } from "./labelledSet";
import { type Copies, nearCopies } from "./nearCopies";
import { realSetLike, realSetsLike } from "./realSetLike";
import type { ReferenceClassifier } from "./referenceClassifier";

/** A set with the names of its files, where it has them. */
export interface AuditedSet extends LabelledSet {
  /** One for each image. Default: images are named by their number. */
  readonly files?: readonly string[];
}

/** By what a set is audited. */
export interface AuditOptions {
  /** Judge and feature space; see `loadReferenceClassifier`. */
  readonly reference: ReferenceClassifier;
  /** A second judge of the prototype information, such as the classifier that guided. */
  readonly guide?: Judge;
  /** Protocol of the accuracy; `null` leaves it out. Default: the `quick` one. */
  readonly evaluation?: EvaluateOptions | null;
  /** Told of every step forward; the label says which part is at work. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** Images per class. */
export interface Balance {
  /** Of every class of the dataset, in label order. */
  readonly counts: readonly { readonly class: string; readonly images: number }[];
  /** Entropy of the class shares, nats; the ceiling where all are equal. */
  readonly entropy: number;
  /** ln C, nats. */
  readonly ceiling: number;
}

/** An image whose label the reference classifier does not agree with. */
export interface SuspiciousLabel {
  /** File, or the number in the set where there are no files. */
  readonly image: string;
  /** Name of the class that the set gives it. */
  readonly label: string;
  /** Name of the class that the classifier finds most likely. */
  readonly found: string;
  /** How sure the calibrated classifier is of the class found, 0 .. 1. */
  readonly probability: number;
  /** How sure it is of the label, 0 .. 1. */
  readonly probabilityOfLabel: number;
}

/** What an audit finds in a set. */
export interface Audit {
  /** Name of the dataset. */
  readonly dataset: string;
  /** Number of images in the set. */
  readonly images: number;
  /** What judged it: name, accuracy in percent, and hash of the file, null if it has none. */
  readonly reference: {
    readonly network: string;
    readonly heldOutAccuracy: number;
    readonly sha256: string | null;
  };
  /** Images per class. */
  readonly balance: Balance;
  /** Both kinds of information, beside those of real sets. */
  readonly information: InformationAudit;
  /** Against held-out real images, in the reference's features; beside it as many random others, if there are. */
  readonly coverage: { readonly set: Coverage; readonly real: Coverage | null };
  /** How near its images come to training images. */
  readonly copies: Copies;
  /** Least likely label first. Real held-out images are in it at the rate 100 - heldOutAccuracy percent. */
  readonly suspicious: readonly SuspiciousLabel[];
  /** What networks learn of it; absent where `evaluation` is null. */
  readonly accuracy?: Evaluation;
}

/**
 * Audits a set. Its values are first rounded to bytes, as they are in files.
 *
 * @param set images of the dataset's shape, in [-1, 1]
 * @param dataset its training images are what the set is held against; its test images score the accuracy, unless
 *   `evaluation` says otherwise
 * @throws RangeError for a set that does not fit the dataset, a dataset of fewer than 6 held-out images, a judge of another
 *   number of classes, or settings that cannot be used; Error where the engine cannot train, unless `evaluation` is null
 * @example
 * const dataset = await igds.loadDataset("fashion-mnist");
 * const reference = await igds.evaluate.loadReferenceClassifier(dataset);
 * // Or of readImageFolder(...).
 * const audit = await igds.auditSet(set, dataset, { reference, evaluation: { protocol: "mlp" } });
 * audit.copies.near;
 */
export async function auditSet(set: AuditedSet, dataset: Dataset, options: AuditOptions): Promise<Audit> {
  checkLabelledSet(set, dataset);
  checkHeldOut(dataset);
  const { reference, guide, evaluation = {}, onProgress = () => {} } = options;
  const images = roundToBytes(set.images);
  const rounded: LabelledSet = { images, labels: set.labels };
  const judges: Judge[] = [
    { name: "reference", temperature: reference.temperature, logits: (batch) => reference.logits(batch) },
    ...(guide ? [guide] : []),
  ];
  for (const judge of judges) checkJudge(judge, rounded, dataset);
  const information = await auditInformation(rounded, dataset, judges, (done, total) =>
    onProgress({ label: "contextual information", done, total }),
  );
  const coverage = auditCoverage(rounded, dataset, reference);
  const copies = await nearCopies(images, dataset, (done, total) =>
    onProgress({ label: "near-copies", done, total }),
  );
  const accuracy =
    evaluation === null
      ? undefined
      : await evaluateSet(set, dataset, {
          onProgress: ({ done, total }) => onProgress({ label: "accuracy", done, total }),
          ...evaluation,
        });
  return {
    dataset: dataset.name,
    images: set.labels.length,
    reference: {
      network: reference.network,
      heldOutAccuracy: reference.heldOutAccuracy,
      sha256: reference.sha256,
    },
    balance: balanceOf(set.labels, dataset),
    information,
    coverage,
    copies,
    suspicious: suspiciousLabels({ ...set, images }, dataset, reference),
    ...(accuracy ? { accuracy } : {}),
  };
}

function checkHeldOut(dataset: Dataset): void {
  const { heldOut } = developmentSplit(dataset);
  if (heldOut.length < FEWEST_REAL)
    throw new RangeError(
      `auditSet: coverage is measured against training images that no model is fitted on, expected at least ${FEWEST_REAL} ` +
        `of them, found ${heldOut.length} in ${dataset.name}: use a dataset with more images of each class.`,
    );
}

/** Scores of another number of classes would be read as rows that are shifted against the images. */
function checkJudge(judge: Judge, { images }: LabelledSet, dataset: Dataset): void {
  const found = judge.logits(sliceBatch(images, 0, 1)).length;
  if (found !== dataset.classes.length)
    throw new RangeError(
      `auditSet: expected judges of the ${dataset.classes.length} classes of ${dataset.name}, found ${found} classes in ` +
        `"${judge.name}": train one with igds train --model reference (or classifier) --dataset ${dataset.name}.`,
    );
}

function balanceOf(labels: Int32Array, { classes }: Dataset): Balance {
  const counts = indicesByClass(labels, classes.length).map((places) => places.length);
  const entropy = counts.reduce((sum, count) => {
    const share = count / labels.length;
    return share > 0 ? sum - share * Math.log(share) : sum;
  }, 0);
  return {
    counts: counts.map((images, label) => ({ class: classes[label], images })),
    entropy,
    ceiling: Math.log(classes.length),
  };
}

function auditCoverage(
  set: LabelledSet,
  dataset: Dataset,
  reference: ReferenceClassifier,
): Audit["coverage"] {
  const { heldOut } = developmentSplit(dataset);
  const real = reference.features(gather(dataset.train, dataset.shape, heldOut));
  const manifold = new RealManifold(real, reference.featureCount);
  const random =
    realSetsLike(set.labels, dataset, "fit") > 0
      ? realSetLike(set.labels, dataset, "fit", new Seed("audit coverage").child(dataset.name))
      : null;
  return {
    set: manifold.coverageOf(reference.features(set.images)),
    real: random && manifold.coverageOf(reference.features(random.images)),
  };
}

function suspiciousLabels(
  { images, labels, files }: AuditedSet,
  { classes }: Dataset,
  reference: ReferenceClassifier,
): SuspiciousLabel[] {
  const probabilities = reference.probabilities(images);
  const places = argmaxRows(probabilities, classes.length);
  const suspicious: SuspiciousLabel[] = [];
  labels.forEach((label, i) => {
    const row = probabilities.subarray(i * classes.length, (i + 1) * classes.length);
    const found = places[i];
    if (found === label) return;
    suspicious.push({
      image: files?.[i] ?? `${i}`,
      label: classes[label],
      found: classes[found],
      probability: row[found],
      probabilityOfLabel: row[label],
    });
  });
  return suspicious.sort((a, b) => a.probabilityOfLabel - b.probabilityOfLabel);
}

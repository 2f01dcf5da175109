// The score of a distilled set: networks trained from scratch on the set alone, tested on real images.
// How they are trained is a protocol (protocols.ts).
import defaults from "lodash/defaults";
import type { Dataset, ProgressEvent } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import type { ImageBatch } from "../tensor/batch";
import { pause } from "../tensor/pause";
import { Seed } from "../tensor/random";
import { augmentImages, cutMix } from "./augment";
import { borrowClassifier, giveBackClassifier } from "./classifierPool";
import { type ClassifierTraining, oneHot } from "./classifierTraining";
import { checkLabelledSet, type LabelledSet, roundToBytes } from "./labelledSet";
import { type Protocol, type ProtocolName, protocolOf, stepsFor } from "./protocols";
import { accuracyOf, confusionMatrix, predictReal, type RealImages, realImages } from "./realImages";
import { type MeanInterval, meanInterval } from "./statistics";

export interface EvaluationEvent extends ProgressEvent {
  /** Accuracy of the last test, in percent, on the event that follows a test. */
  readonly accuracy?: number;
}

/** A protocol by name, and what shall differ from it. */
export interface EvaluateOptions extends Partial<Protocol> {
  /** Default `quick`. */
  readonly protocol?: ProtocolName;
  /** Name of the method that made the set, for the result. */
  readonly method?: string;
  /** Count which class is taken for which. */
  readonly confusion?: boolean;
  readonly onProgress?: (event: EvaluationEvent) => void;
}

/** Accuracies in percent. */
export interface Evaluation {
  /** Images per class: all images over the classes of the dataset. */
  readonly ipc: number;
  readonly method?: string;
  /** Name of the protocol whose settings stood for all that was not given. */
  readonly protocol: ProtocolName;
  readonly network: string;
  /** `soft`: the set came with a distribution over the classes for each image. */
  readonly labels: "hard" | "soft";
  readonly on: "test" | "held-out";
  readonly seeds: readonly string[];
  readonly steps: number;
  /** After the last step: the number to report. */
  readonly last: MeanInterval;
  /** The best of all tests of a run, as most papers report it: chosen on the test images, so too high. */
  readonly best: MeanInterval;
  /** Real images by [class][class found], summed over the seeds, after the last step. */
  readonly confusion?: readonly (readonly number[])[];
}

/**
 * Trains fresh networks on a set and tests them on real images.
 *
 * Values are first rounded to bytes, so that a set in memory and the same set read from PNG files get the
 * same score. The same set, settings and seeds give the same numbers on the same machine.
 *
 * @throws RangeError for a set or settings that cannot be used
 * @throws Error where the engine cannot train
 * @example
 * const { last } = await evaluateSet(set, dataset, { seeds: [0], steps: 20 });
 * last.mean; // percent of the real test images
 */
export async function evaluateSet(
  set: LabelledSet,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { protocol: name = "quick" } = options;
  const given: Protocol = defaults({}, options, protocolOf(name));
  checkLabelledSet(set, dataset);
  const steps = stepsFor(given, set.labels.length);
  const protocol = { ...given, steps };
  checkProtocol(protocol);
  const { seeds, on } = protocol;
  const rounded: LabelledSet = { ...set, images: roundToBytes(set.images) };
  const real =
    on === "test"
      ? realImages(dataset, dataset.test)
      : realImages(dataset, dataset.train, developmentSplit(dataset).heldOut);
  const classifier = borrowClassifier(protocol, dataset);
  try {
    const runs: Run[] = [];
    for (const [i, seed] of seeds.entries()) {
      const report = (step: number, accuracy?: number) =>
        options.onProgress?.({
          label: `network ${i + 1} of ${seeds.length}`,
          done: i * steps + step,
          total: seeds.length * steps,
          ...(accuracy === undefined ? {} : { accuracy }),
        });
      runs.push(
        await trainAndTest(classifier, rounded, real, protocol, new Seed(seed).child("evaluate"), report),
      );
    }
    const classes = dataset.classes.length;
    return {
      ipc: set.labels.length / classes,
      ...(options.method === undefined ? {} : { method: options.method }),
      protocol: name,
      network: classifier.network.name,
      labels: set.targets ? "soft" : "hard",
      on,
      seeds: seeds.map(String),
      steps,
      last: meanInterval(runs.map(({ accuracies }) => accuracies[accuracies.length - 1])),
      best: meanInterval(runs.map(({ accuracies }) => Math.max(...accuracies))),
      ...(options.confusion
        ? {
            confusion: confusionMatrix(
              real.labels,
              runs.map(({ predicted }) => predicted),
              classes,
            ),
          }
        : {}),
    };
  } finally {
    giveBackClassifier(classifier);
  }
}

interface Run {
  /** In percent, one per test. */
  readonly accuracies: readonly number[];
  /** Classes found after the last step. */
  readonly predicted: Int32Array;
}

async function trainAndTest(
  classifier: ClassifierTraining,
  { images, labels, targets: soft }: LabelledSet,
  real: RealImages,
  protocol: FixedProtocol,
  seed: Seed,
  report: (step: number, accuracy?: number) => void,
): Promise<Run> {
  const { steps, checkpoints, augmentation } = protocol;
  const classes = classifier.network.config.classes;
  classifier.start(seed.child("weights"));
  const order = endless(labels.length, Math.min(protocol.batch, labels.length), seed.child("order"));
  const tests = new Set(
    Array.from({ length: checkpoints }, (_, i) => Math.round((steps * (i + 1)) / checkpoints)),
  );
  const accuracies: number[] = [];
  let predicted: Int32Array = new Int32Array(0);
  for (let step = 1; step <= steps; step++) {
    const indices = order.next().value;
    const draw = seed.child("augment", step);
    const batch = augmentImages(pick(images, indices), augmentation, draw);
    const targets = soft
      ? rowsAt(soft, indices, classes)
      : oneHot(
          indices.map((index) => labels[index]),
          classes,
        );
    if (augmentation.cutMix > draw.child("mix").uniform(1)[0]) cutMix(batch, targets, draw.child("cutmix"));
    classifier.step(batch, targets);
    if (tests.has(step)) {
      predicted = await predictReal(classifier.now, real);
      accuracies.push(100 * accuracyOf(real.labels, predicted));
      report(step, accuracies[accuracies.length - 1]);
    } else report(step);
    await pause();
  }
  return { accuracies, predicted };
}

/** Batches of one size for ever: one random order of all images after the other, without a smaller last batch. */
function* endless(count: number, batch: number, seed: Seed): Generator<Int32Array, never, undefined> {
  let order: Int32Array = new Int32Array(0);
  let place = 0;
  let epoch = 0;
  for (;;) {
    const indices = new Int32Array(batch);
    for (let i = 0; i < batch; i++) {
      if (place === order.length) {
        order = seed.child(epoch++).permutation(count);
        place = 0;
      }
      indices[i] = order[place++];
    }
    yield indices;
  }
}

/** The images at `indices`, as a batch of its own. */
function pick({ data, shape }: ImageBatch, indices: Int32Array): ImageBatch {
  const [, height, width, channels] = shape;
  return {
    data: rowsAt(data, indices, height * width * channels),
    shape: [indices.length, height, width, channels],
  };
}

function rowsAt(rows: Float32Array, indices: Int32Array, size: number): Float32Array {
  const picked = new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    picked.set(rows.subarray(index * size, (index + 1) * size), i * size);
  });
  return picked;
}

/** A protocol whose steps are counted for a set. */
type FixedProtocol = Protocol & { readonly steps: number };

function checkProtocol({ seeds, steps, batch, checkpoints, on, rate }: FixedProtocol): void {
  for (const [name, value] of Object.entries({ steps, batch, checkpoints }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`evaluateSet: ${name} must be a whole number >= 1, found ${value}`);
  if (checkpoints > steps)
    throw new RangeError(`evaluateSet: ${checkpoints} checkpoints do not fit into ${steps} steps`);
  if (!(rate > 0)) throw new RangeError(`evaluateSet: rate must be a number > 0, found ${rate}`);
  if (seeds.length === 0)
    throw new RangeError("evaluateSet: seeds is empty; give one seed per network to train");
  if (on !== "test" && on !== "held-out")
    throw new RangeError(`evaluateSet: on must be "test" or "held-out", found ${JSON.stringify(on)}`);
}

// The score of a distilled set: networks trained from scratch on the set alone, tested on real images.
// How they are trained is a protocol (protocols.ts).
import defaults from "lodash/defaults";
import omit from "lodash/omit";
import type { Dataset } from "../datasets/dataset";
import { developmentSplit } from "../datasets/development";
import type { ProgressEvent } from "../tensor/progress";
import { Seed } from "../tensor/random";
import { checkProtocol, checkTeacher } from "./checkProtocol";
import { borrowClassifier, giveBackClassifier } from "./classifierPool";
import type { EvaluationStates } from "./evaluationStates";
import { checkLabelledSet, type LabelledSet, roundToBytes } from "./labelledSet";
import { preparePhotographs, testPhotographs } from "./photographs";
import {
  type Protocol,
  type ProtocolName,
  plannedFor,
  protocolOf,
  stepsFor,
  stepsPerEpoch,
} from "./protocols";
import { confusionMatrix, type RealImages, realImages } from "./realImages";
import { type MeanInterval, meanInterval } from "./statistics";
import { type FixedProtocol, type Teacher, type TrainedNetwork, trainOnSet } from "./trainOnSet";

/** One report of the progress of an evaluation, in training steps over all networks. */
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
  /** The teacher of a protocol that has one. Its images are those of the protocol: standardised, of its size. */
  readonly teacherNetwork?: Teacher;
  /** Count which class is taken for which. */
  readonly confusion?: boolean;
  /** Keeps what is done, so that a killed evaluation goes on. Default: it begins anew. */
  readonly states?: EvaluationStates;
  /** Told of every step forward. */
  readonly onProgress?: (event: EvaluationEvent) => void;
}

/** Accuracies in percent. */
export interface Evaluation {
  /** Images per class: all images over the classes of the dataset. */
  readonly ipc: number;
  /** What made the set, if that was said. */
  readonly method?: string;
  /** Name of the protocol whose settings stood for all that was not given. */
  readonly protocol: ProtocolName;
  /** Name of the network, such as `ConvNet-3 (64)`. */
  readonly network: string;
  /** `soft`: the set came with a distribution over the classes for each image. */
  readonly labels: "hard" | "soft";
  /** Which real images it was tested on. */
  readonly on: "test" | "held-out";
  /** One of each network. */
  readonly seeds: readonly string[];
  /** Training steps of each network. */
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
 * @param set images of the dataset's shape, in [-1, 1]; of any size where the protocol is one of photographs
 * @param dataset its test images score the set, or with `on: "held-out"` training images (`developmentSplit`)
 * @param options what shall differ from the protocol; the default one, `quick`, trains three networks for 400 steps
 * @throws RangeError for a set or settings that cannot be used
 * @throws Error where the engine cannot train
 * @example
 * const { last } = await igds.evaluateSet(set, dataset, { seeds: [0], steps: 20 });
 * last.mean; // percent of the real test images
 */
export async function evaluateSet(
  set: LabelledSet,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const protocol = protocolFor(options, set, dataset.classes.length);
  const { seeds, on, steps, photographs, schedule, perEpoch } = protocol;
  checkLabelledSet(set, dataset, photographs ? "any" : "same");
  checkProtocol(protocol);
  checkTeacher(protocol, set, options);
  const prepared: LabelledSet = {
    ...set,
    images: photographs ? preparePhotographs(set.images, photographs) : roundToBytes(set.images),
  };
  const real = realFor(protocol, dataset);
  const state = await options.states?.of(prepared, real, protocol, options.teacherNetwork);
  const classifier = borrowClassifier(
    {
      ...protocol,
      ...(photographs ? { size: photographs.size } : {}),
      // RDED's code asks the network in training mode for its accuracy on each batch before the step, too.
      ...(protocol.teacher ? { temperature: protocol.teacher.temperature, statisticsPasses: 2 } : {}),
      schedule: schedule ? { kind: schedule, epochs: Math.ceil(steps / perEpoch), perEpoch } : undefined,
    },
    dataset,
  );
  try {
    const before = await state?.read();
    const runs: TrainedNetwork[] = [...(before?.runs ?? [])];
    const first = runs.length;
    for (const [i, seed] of seeds.entries()) {
      if (i < first) continue;
      const report = (step: number, accuracy?: number) =>
        options.onProgress?.({
          label: `network ${i + 1} of ${seeds.length}`,
          done: i * steps + step,
          total: seeds.length * steps,
          ...(accuracy === undefined ? {} : { accuracy }),
        });
      const own = new Seed(seed).child("evaluate");
      runs.push(
        await trainOnSet(classifier, prepared, real, protocol, own, options.teacherNetwork, {
          report,
          begun: i === first ? (before?.begun ?? null) : null,
          keep: async (present) => {
            if (state?.due) await state.save({ runs, begun: present() });
          },
        }),
      );
    }
    if (first < seeds.length) await state?.save({ runs, begun: null });
    const classes = dataset.classes.length;
    return {
      ipc: set.labels.length / classes,
      ...(options.method === undefined ? {} : { method: options.method }),
      protocol: options.protocol ?? "quick",
      network: classifier.network.name,
      labels: set.targets || protocol.teacher ? "soft" : "hard",
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

/** Settings for this set: those given, then those of the protocol's rule, then the protocol's own. */
function protocolFor(
  { protocol: name = "quick", ...rest }: EvaluateOptions,
  set: LabelledSet,
  classes: number,
): FixedProtocol & { readonly perEpoch: number } {
  const options: Partial<Protocol> = omit(rest, [
    "method",
    "teacherNetwork",
    "confusion",
    "states",
    "onProgress",
  ]);
  const own = { ...protocolOf(name), ...(options.plan ? { plan: options.plan } : {}) };
  const given: Protocol = defaults({}, options, plannedFor(own, set.labels.length, classes));
  const { photographs, inputSize } = given;
  if (inputSize !== undefined && !photographs)
    throw new RangeError(
      `evaluateSet: inputSize (igds evaluate: --input-size) is for protocols of photographs, found "${name}", whose ` +
        "networks take images as they are.",
    );
  const steps = stepsFor(given, set.labels.length);
  return {
    ...given,
    steps,
    ...(photographs && inputSize ? { photographs: { ...photographs, size: inputSize } } : {}),
    perEpoch: stepsPerEpoch(given.batch, set.labels.length),
  };
}

/** Real images as the protocol tests on them. */
function realFor({ on, photographs }: Protocol, dataset: Dataset): RealImages {
  const real =
    on === "test"
      ? realImages(dataset, dataset.test)
      : realImages(dataset, dataset.train, developmentSplit(dataset).heldOut);
  if (real.labels.length === 0)
    throw new RangeError(
      `evaluateSet: expected real images to test on, found no ${on} images in ${dataset.name}: choose ` +
        `on: "${on === "test" ? "held-out" : "test"}", or a dataset that has some`,
    );
  if (!photographs) return real;
  return { labels: real.labels, part: (from, to) => testPhotographs(real.part(from, to), photographs) };
}

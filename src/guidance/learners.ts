// Networks on their way of learning from few real images. The prototype term of a set (setPrototype.ts) looks through
// their eyes: a distilled set is there for networks that learn from as few images, and what these come to see is much the
// same whichever images of the classes they have.
//
// Networks that the very set teaches, while it is made, are the pool of Y. Zhou, E. Nezhadarya, J. Ba: Dataset Distillation
// using Neural Feature Regression (NeurIPS 2022). They do as well, but what a step does would then hang on the steps
// before it, and a run could not be taken back.
import { gather } from "../datasets/batches";
import { type Dataset, indicesByClass } from "../datasets/dataset";
import type { FeatureMap } from "../nn/randomFeatures";
import type { PlainTensorData } from "../nn/safetensorsBytes";
import { tf } from "../tensor/engine";
import type { ProgressEvent } from "../tensor/progress";
import type { Seed } from "../tensor/random";
import { keptTensors } from "./keptTensors";
import {
  disposeTrainingNetwork,
  networkToTrain,
  type TrainingNetwork,
  trainingSteps,
} from "./trainingNetwork";

/**
 * Raised when the code of training changes what it gives (weights that it begins with, the order of images, the network):
 * files of before are then of other learners. Left out of the hash while it is the first, of which there are files without.
 */
const VERSION: number = 1;

/** Each learns from a set of its own. */
const LEARNERS = 5;
const recipe = {
  /** Steps of training after which a learner is looked through. */
  moments: [25, 75, 125, 175],
  filters: 64,
  batch: 64,
  optimiser: "adamw",
  rate: 1e-3,
} as const;

/**
 * Groups of feature maps for `setReference`: in each group learners of all ages, which have seen different images. Training
 * takes half a minute on two cores at IPC 10, once: it is kept beside the datasets.
 *
 * @param among places in the train split to learn from
 * @param ipc images of each class that a learner has
 * @returns the groups; the caller frees them with `disposeFeatures`. Yields after each step of training
 * @throws where the engine cannot train
 * @example
 * const groups = atOnce(
 *   learnerFeatures(dataset, igds.datasets.developmentSplit(dataset).fit, 1, new igds.Seed(0)),
 * );
 */
export function* learnerFeatures(
  dataset: Dataset,
  among: Int32Array,
  ipc: number,
  seed: Seed,
): Generator<ProgressEvent, FeatureMap[][], void> {
  const labels = Array.from(among, (place) => dataset.train.labels[place]);
  const byClass = indicesByClass(labels, dataset.classes.length);
  const lessons = Array.from({ length: LEARNERS }, (_, learner) => {
    const own = seed.child(learner);
    const few = byClass.flatMap((places, label) =>
      Array.from(
        own.child("images", label).permutation(places.length).subarray(0, ipc),
        (k) => among[places[k]],
      ),
    );
    return { among: Int32Array.from(few), seed: own };
  });
  const described = JSON.stringify({
    recipe,
    seed: seed.path,
    shape: dataset.shape,
    classes: dataset.classes.length,
    labels: lessons.map((lesson) => Array.from(lesson.among, (place) => dataset.train.labels[place])),
    ...(VERSION > 1 ? { version: VERSION } : {}),
  });
  const images = lessons.map((lesson) => gather(dataset.train, dataset.shape, lesson.among).data);
  const file = keptTensors("learners", [described, ...images]);
  let weights = file.read();
  if (!weights) {
    weights = plainWeights(yield* trainingSteps(dataset, lessons, recipe));
    file.write(weights);
  }
  const kept = weights;
  const network = networkToTrain(dataset, recipe.filters);
  return lessons.map((_, group) =>
    recipe.moments.map((_, age): FeatureMap => {
      const prefix = nameOf((group + age) % LEARNERS, age, "");
      const own = Array.from(kept).filter(([name]) => name.startsWith(prefix));
      return {
        network,
        weights: Object.fromEntries(
          own.map(([name, { shape, data }]) => [
            name.slice(prefix.length),
            tf.tensor(data as Float32Array, [...shape]),
          ]),
        ),
      };
    }),
  );
}

/** The weights of every learner at every age as plain numbers; the networks are freed. */
function plainWeights(taught: readonly TrainingNetwork[]): ReadonlyMap<string, PlainTensorData> {
  const plain = new Map<string, PlainTensorData>();
  for (const [learner, { moments }] of taught.entries())
    for (const [age, ofAge] of moments.entries())
      for (const [path, weight] of Object.entries(ofAge))
        plain.set(nameOf(learner, age, path), {
          shape: weight.shape,
          data: Float32Array.from(weight.dataSync()),
        });
  for (const network of taught) disposeTrainingNetwork(network);
  return plain;
}

const nameOf = (learner: number, age: number, path: string) => `${learner}/${age}/${path}`;

// Networks on their way of learning from few real images. The prototype term of a set (setPrototype.ts) looks through
// their eyes: a distilled set is there for networks that learn from as few images, and what these come to see is much the
// same whichever images of the classes they have.
//
// Networks that the very set teaches, while it is made, are the pool of Y. Zhou, E. Nezhadarya, J. Ba: Dataset Distillation
// using Neural Feature Regression (NeurIPS 2022). They do as well, but what a step does would then hang on the steps
// before it, and a run could not be taken back.
import { type Dataset, indicesByClass } from "../datasets/dataset";
import type { FeatureMap } from "../nn/randomFeatures";
import { tf } from "../tensor/engine";
import type { Seed } from "../tensor/random";
import { disposeTrainingNetwork, trainTrainingNetworks } from "./trainingNetwork";

/** Each learns from a set of its own. */
const LEARNERS = 5;
/** Steps of training after which a learner is looked through. */
const AGES = [25, 75, 125, 175] as const;

/**
 * Groups of feature maps for `setReference`: in each group learners of all ages, which have seen different images. Takes
 * half a minute on two cores at IPC 10.
 *
 * @param among places in the train split to learn from
 * @param ipc images of each class that a learner has
 * @returns the groups; the caller frees them with `disposeFeatures`
 * @throws where the engine cannot train
 * @example
 * const groups = learnerFeatures(dataset, developmentSplit(dataset).fit, 1, new Seed(0));
 */
export function learnerFeatures(
  dataset: Dataset,
  among: Int32Array,
  ipc: number,
  seed: Seed,
): FeatureMap[][] {
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
  const taught = trainTrainingNetworks(dataset, lessons, {
    moments: AGES,
    filters: 64,
    batch: 64,
    optimiser: "adamw",
    rate: 1e-3,
  });
  const groups = lessons.map((_, group) =>
    AGES.map((_, age): FeatureMap => {
      const { network, moments } = taught[(group + age) % LEARNERS];
      const weights = Object.fromEntries(
        Object.entries(moments[age]).map(([path, weight]) => [path, tf.clone(weight)]),
      );
      return { network, weights };
    }),
  );
  for (const network of taught) disposeTrainingNetwork(network);
  return groups;
}

// The prototype term: Barber and Agakov's bound on I(X;Y) by a calibrated, time-conditional classifier.
// Its gradient is that of classifier guidance (Dhariwal & Nichol 2021).
import { prototypeInformation } from "../information/barberAgakov";
import { temperatureAt } from "../information/calibration";
import type { Weights } from "../nn/parameters";
import type { Tensor1D } from "../tensor/engine";
import { tf } from "../tensor/engine";
import type { Classifier } from "./classifier";
import type { GradientBy, Term } from "./term";

/**
 * log q(y|x) + ln C of each image, in nats: at most ln C, negative where the classifier does worse than chance.
 *
 * @param classifier its weights are the tensors of the term and stay the classifier's
 * @param by `x0`: the classifier sees x0hat as a clean image, q(y | x0hat, t = 0); `xt`: it sees x_t, q(y | x_t, t)
 * @example
 * const term = igds.guidance.prototype(distiller.classifier);
 * const guide = igds.guidance.makeGuide({
 *   labels,
 *   shape: [28, 28, 1],
 *   imageVariance: 0.25,
 *   terms: [{ term, weight: 200 }],
 * });
 */
export function prototype(classifier: Classifier, by: GradientBy = "x0"): Term {
  const { network, weights, temperatures } = classifier;
  return {
    name: "prototype",
    by,
    measures: "prototype",
    classes: Array.from({ length: network.config.classes }, (_, label) => label),
    tensors: weights,
    numbers: (t) => ({ temperature: temperatureAt(temperatures, by === "x0" ? 0 : t) }),
    value(tensors, x0, { xt, t, labels, numbers }): Tensor1D {
      const logits =
        by === "x0"
          ? network.apply(tensors as Weights, x0, tf.zerosLike(t) as Tensor1D)
          : network.apply(tensors as Weights, xt, t);
      return prototypeInformation(logits, labels, numbers.temperature);
    },
  };
}

// Networks that predict something else than the noise, as denoisers: the velocity of a flow, x0, v, or EDM's mixture.
//
// All of them know images as x0 + s epsilon up to a factor, with the noise level s = sqrt((1 - alphaBar) / alphaBar) of
// time step t. So x_t is brought to the form and the time that the network knows, and its answer is turned into epsilon.
// Sampling, guidance and training then are the same for all.
import type { DenoiserNetwork } from "../nn/denoiserNetwork";
import type { Weights } from "../nn/parameters";
import { type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { alphaBar, T } from "./schedule";

/**
 * What a network predicts.
 *
 * - `epsilon`: the noise in x_t (Ho et al. 2020).
 * - `x0`: the image, from x_t.
 * - `v`: sqrt(alphaBar) epsilon - sqrt(1 - alphaBar) x0, from x_t (Salimans & Ho 2022, arXiv 2202.00512).
 * - `flow`: epsilon - x0, from (1 - tau) x0 + tau epsilon at `timeScale` tau with tau = s / (1 + s): flow matching on straight
 *   lines (Lipman et al. 2023, arXiv 2210.02747; Liu et al. 2023, arXiv 2209.03003).
 * - `edm`: F in x0hat = cSkip x + cOut F(cIn x) of x = x0 + s epsilon, at the time `timeScale` ln(s) / 4 (Karras et al. 2022,
 *   arXiv 2206.00364, table 1).
 */
export type Prediction =
  | { readonly kind: "epsilon" | "x0" | "v" }
  | { readonly kind: "flow" /** Default 1000. */; readonly timeScale?: number }
  | {
      readonly kind: "edm";
      /** Standard deviation of the images. Default 0.5. */
      readonly sigmaData?: number;
      /** Default 1. */
      readonly timeScale?: number;
    };

const kinds = ["epsilon", "x0", "v", "flow", "edm"] as const satisfies readonly Prediction["kind"][];

/** How one noise level looks to a network, and how its answer is read: epsilon = ofX x_t + ofAnswer answer. */
interface Level {
  /** The network is given `input` times x_t. */
  readonly input: number;
  readonly time: number;
  readonly ofX: number;
  readonly ofAnswer: number;
}

/**
 * A network that predicts `prediction`, as one that predicts epsilon.
 *
 * @param network its `apply` answers as `prediction` says; training it as a denoiser then has the loss of its kind: the
 *   squared error of what the network predicts, at time steps drawn evenly
 * @param prediction what the answers of `network` are
 * @returns a network with the same weights whose `apply` answers epsilon; of `epsilon` the network itself
 * @throws Error for a kind that is not known, or another than `epsilon` of a network that has learned the variance as
 *   well
 * @example
 * const size = { height: 16, width: 16, channels: 1, classes: 4, widths: [8, 16], blocks: [1, 1] };
 * const flow = igds.diffusion.predicting(igds.nn.unet({ ...igds.nn.unetDefaults, ...size }), { kind: "flow" });
 * const untrained = new igds.diffusion.Denoiser(flow, flow.parameters.initialise(0));
 * const { images } = await igds.sample(untrained, { labels: [0, 1], seed: 0, steps: 3 });
 */
export function predicting(network: DenoiserNetwork, prediction: Prediction): DenoiserNetwork {
  const config = { ...network.config, prediction };
  if (!kinds.includes(prediction.kind))
    throw new Error(`A network predicts one of ${kinds.join(", ")}; found "${prediction.kind}".`);
  if (prediction.kind === "epsilon") return network;
  if (network.applyWithVariance)
    throw new Error(
      `A network with learned variance predicts epsilon; found one that shall predict "${prediction.kind}".`,
    );
  const levels = Array.from(alphaBar, (a, t) => levelOf(prediction, a, t));
  const table = Float32Array.from(
    levels.flatMap(({ input, time, ofX, ofAnswer }) => [input, time, ofX, ofAnswer]),
  );
  return {
    config,
    parameters: network.parameters,
    apply(w: Weights, x: Tensor4D, t: Tensor1D, y: Tensor1D): Tensor4D {
      const [input, time, ofX, ofAnswer] = tf.split(between(table, t), 4, 1);
      const perImage = (column: Tensor) => column.reshape([-1, 1, 1, 1]);
      const answer = network.apply(w, tf.mul(x, perImage(input)), time.reshape([-1]) as Tensor1D, y);
      return tf.add(tf.mul(x, perImage(ofX)), tf.mul(answer, perImage(ofAnswer)));
    },
    lossWeight: (t) => 1 / levels[t].ofAnswer ** 2,
  };
}

function levelOf(prediction: Prediction, a: number, t: number): Level {
  const [toImage, toNoise] = [Math.sqrt(a), Math.sqrt(1 - a)];
  const s = toNoise / toImage;
  switch (prediction.kind) {
    case "epsilon":
      return { input: 1, time: t, ofX: 0, ofAnswer: 1 };
    case "x0":
      return { input: 1, time: t, ofX: 1 / toNoise, ofAnswer: -1 / s };
    case "v":
      return { input: 1, time: t, ofX: toNoise, ofAnswer: toImage };
    case "flow": {
      const { timeScale = 1000 } = prediction;
      const tau = s / (1 + s);
      const input = (1 - tau) / toImage;
      return { input, time: timeScale * tau, ofX: input, ofAnswer: 1 - tau };
    }
    case "edm": {
      const { sigmaData = 0.5, timeScale = 1 } = prediction;
      const total = Math.sqrt(s * s + sigmaData * sigmaData);
      const cSkip = (sigmaData / total) ** 2;
      const cOut = (s * sigmaData) / total;
      // epsilon = (x - x0hat) / s with x = x_t / sqrt(alphaBar).
      return {
        input: 1 / (total * toImage),
        time: (timeScale * Math.log(s)) / 4,
        ofX: (1 - cSkip) / (s * toImage),
        ofAnswer: -cOut / s,
      };
    }
  }
}

/** Rows of a table [T, 4] at times t, which may lie between two steps. As a product, so that compiled graphs keep it. */
function between(table: Float32Array, t: Tensor1D): Tensor2D {
  const rows = tf.range(0, T, 1, "float32").reshape([1, T]);
  const distance = tf.abs(tf.sub(t.cast("float32").reshape([-1, 1]), rows));
  const share = tf.relu(tf.sub(1, distance)) as Tensor2D;
  return tf.matMul(share, tf.tensor2d(table, [T, 4]));
}

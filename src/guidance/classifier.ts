// The classifier that guides: q(y | x_t, t) with one temperature per noise level, from a checkpoint.
import { z } from "zod";
import type { Checkpoint } from "../nn/checkpoint";
import type { Weights } from "../nn/parameters";
import { type TimeClassifier, type TimeClassifierConfig, timeClassifier } from "../nn/timeClassifier";

/** The classifier of noisy images that guides, with its weights. */
export interface Classifier {
  /** What it computes. */
  readonly network: TimeClassifier;
  /** Owned by the holder, such as a `Distiller`, whose `dispose` frees them. */
  readonly weights: Weights;
  /** q = softmax(logits / temperature) at some time steps, fitted on held-out images, ascending in t. */
  readonly temperatures: readonly { readonly t: number; readonly temperature: number }[];
  /** The file that it is from. */
  readonly checkpoint: Checkpoint;
}

const extraSchema = z.looseObject({
  calibration: z.array(z.looseObject({ t: z.number(), temperature: z.number().positive() })).min(1),
});

/**
 * The classifier of a checkpoint.
 * @throws when it is of another kind, or not calibrated
 */
export function classifierOf(checkpoint: Checkpoint): Classifier {
  const { file } = checkpoint;
  if (checkpoint.config.kind !== "time-classifier")
    throw new Error(`${file} holds a "${checkpoint.config.kind}"; expected a "time-classifier".`);
  const extra = extraSchema.safeParse(checkpoint.recipe.extra);
  if (!extra.success)
    throw new Error(
      `${file} has no calibration in its header. Train it again: igds train --model classifier`,
    );
  const network = timeClassifier(checkpoint.config as unknown as TimeClassifierConfig);
  return {
    network,
    weights: network.parameters.load(checkpoint.weights, file),
    temperatures: extra.data.calibration,
    checkpoint,
  };
}

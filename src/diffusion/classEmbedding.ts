// Where the class enters a denoising network, so that each image can be given a condition of its own.
//
// Both backbones add the embedding of the class to that of the time step, whose last layer adds a bias. A change
// of an image's class embedding is therefore the same change of that bias, which may differ from image to image.
import type { DenoiserNetwork } from "../nn/denoiserNetwork";
import type { Weights } from "../nn/parameters";
import { type Tensor, tf } from "../tensor/engine";

const TABLE = "class.table";
const BIAS = "time.2.bias";

/** The embedding of every class and, last, of no class. */
export interface ClassEmbedding {
  /** Number of classes, C, and the null class: C + 1. */
  readonly rows: number;
  /** Numbers in one embedding, E. */
  readonly size: number;
  /** Row by row, `rows` x `size`. */
  readonly values: Float32Array;
}

/** The weights with `shift`, [N, E], added to the class embedding of each image. */
export function shiftedWeights(w: Weights, shift: Tensor): Weights {
  return { ...w, [BIAS]: tf.add(w[BIAS], shift) };
}

/**
 * @returns the name of the table of embeddings among the weights
 * @throws if the network has none that it adds to the embedding of the time step
 */
export function checkEmbedding({ config, parameters }: DenoiserNetwork): string {
  const bias = parameters.entries.get(BIAS);
  const table = parameters.entries.get(TABLE);
  if (!bias || !table || table.shape[1] !== bias.shape[0])
    throw new Error(
      `Noise on the condition needs a network that adds its class embedding ("${TABLE}") to the embedding of the ` +
        `time step (bias "${BIAS}"); "${config.kind}" does not. Leave out cads, or use a U-Net or DiT.`,
    );
  return TABLE;
}

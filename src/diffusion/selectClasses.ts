// Some classes of a denoiser that knows more: a DiT knows the thousand of ImageNet, a subset of it has ten.
import type { DenoiserNetwork } from "../nn/denoiserNetwork";
import type { Weights } from "../nn/parameters";
import { type Tensor1D, tf } from "../tensor/engine";
import { denoiserNetwork } from "./denoiser";

/** Where networks have their table of class embeddings, the null class last. */
const TABLES = ["class.table", "class_embedding.table"];

/**
 * The same network for some of its classes, in the order of the list: class k is the k-th of them.
 *
 * @param weights all of the network's; the caller keeps them, and those that are the same are shared
 * @param classes indices among the classes of the network
 * @returns the network and its weights, of which the table of class embeddings alone is new and the caller's to dispose
 *   of
 * @throws RangeError for no class, one that it does not know, one named twice, or a network that knows no classes
 * @example
 * const { network, weights } = igds.diffusion.selectClasses(denoiser.network, denoiser.weights(), [3, 5]);
 * const twoClasses = new igds.diffusion.Denoiser(network, weights);
 */
export function selectClasses(
  network: DenoiserNetwork,
  weights: Weights,
  classes: readonly number[],
): { network: DenoiserNetwork; weights: Weights } {
  const { config } = network;
  const table = TABLES.find((name) => weights[name]);
  if (!table) throw new RangeError(`This "${config.kind}" has no class embeddings to select from.`);
  classes.forEach((index, i) => {
    if (!(Number.isInteger(index) && index >= 0 && index < config.classes))
      throw new RangeError(`${index} is not a class: this denoiser knows 0..${config.classes - 1}.`);
    if (classes.indexOf(index) !== i) throw new RangeError(`Class ${index} is named twice.`);
  });
  if (classes.length === 0) throw new RangeError("Name at least one class.");
  const rows = config.nullClass === false ? classes : [...classes, config.classes];
  const smaller = {
    ...config,
    classes: classes.length,
    ...("classRows" in config ? { classRows: rows.length } : {}),
  };
  const selected = denoiserNetwork(smaller);
  const chosen = tf.gather(weights[table]!, tf.tensor1d([...rows], "int32") as Tensor1D);
  return { network: selected, weights: { ...weights, [table]: chosen } };
}

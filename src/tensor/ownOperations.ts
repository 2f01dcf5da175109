// The operations of native/: part of an addon that was built here, for processors. A graph has one of them for a whole
// layer, and one or more for its gradient; elsewhere the layer is composed.
import { engineInfo, type NativeAttribute, nativeBackend, type Tensor, tf } from "./engine";
import type { Save } from "./save";
import { allInGraphAs, inGraphAs, isTracing } from "./trace";

export interface OwnOperation {
  readonly name: "IgdsGroupNorm" | "IgdsLayerNorm" | "IgdsConvolution" | "IgdsGelu" | "IgdsAttention";
  readonly attributes: readonly NativeAttribute[];
}

/** Channels that the operations sum up side by side (native/registers.h). */
export const PANEL = 16;

/** Of the inputs and dy, by each input. */
type Gradient = (inputs: Tensor[], dy: Tensor) => Tensor[];

let areThere: boolean | null = null;

/** Whether the addon that was loaded has the operations. To be asked first where nothing is recorded. */
export function hasOwnOperations(): boolean {
  areThere ??= engineInfo.backend === "tensorflow" && engineInfo.device === "cpu" && answers();
  return areThere;
}

function answers(): boolean {
  const { binding } = nativeBackend();
  // The newest: an addon of before may have the others.
  const ids = [binding.createTensor([1], 1, new Float32Array(1))];
  try {
    for (const { id } of binding.executeOp("IgdsGelu", [], ids, 1)) binding.deleteTensor(id);
    return true;
  } catch {
    return false;
  } finally {
    for (const id of ids) binding.deleteTensor(id);
  }
}

/**
 * A layer that graphs compute by the operation, forwards and backwards, and everything else by `composed`. The two must
 * agree to rounding.
 *
 * @param gradient default: the operation with `Gradient` behind its name
 */
export function byOwnOperation<T extends Tensor>(
  { name, attributes }: OwnOperation,
  inputs: readonly Tensor[],
  composed: (...inputs: Tensor[]) => T,
  gradient: Gradient = (saved, dy) =>
    allInGraphAs({ name: `${name}Gradient`, attributes, inputs: [...saved, dy] }, () =>
      gradientsWithin(composed, saved, dy),
    ),
): T {
  if (!isTracing() || !hasOwnOperations()) return composed(...inputs);
  return tf.customGrad((...given) => {
    const save = given.pop() as unknown as Save;
    const own = given as Tensor[];
    save(own);
    return {
      value: inGraphAs({ name, attributes, inputs: own }, () => composed(...own)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => gradient(saved, dy),
    };
  })(...inputs) as T;
}

/** tf.grads in a gradient that is being taken: tfjs would forget the tape of the outer one. */
function gradientsWithin(f: (...x: Tensor[]) => Tensor, inputs: Tensor[], dy: Tensor): Tensor[] {
  const { state } = tf.engine() as unknown as { state: { activeTape: unknown } };
  const outer = state.activeTape;
  try {
    return tf.grads(f)(inputs, dy);
  } finally {
    state.activeTape = outer;
  }
}

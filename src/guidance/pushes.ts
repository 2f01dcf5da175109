// What the push of each guidance term in one step is worth, in nats of both kinds of information: to first order the
// inner product of a bound's gradient by x0hat and the push. It is what the ledger of an image is kept in.
import type { WorthRecord } from "../diffusion/stepRecord";
import type { Term } from "./term";

/** How one term moves x0hat in one step: image i by along[i] times its gradient. */
export interface Push {
  readonly measures: Term["measures"];
  /** Gradient of the term by x0hat, image after image. */
  readonly gradient: Float32Array;
  readonly along: Float32Array;
}

/**
 * What each push is worth to each image; nothing where no term is a bound.
 * @param kept share of the pushes that limits of all change left, by pixel
 */
export function worthOf(pushes: readonly Push[], kept: Float32Array): WorthRecord[] {
  const of = (kind: Term["measures"]) => pushes.find(({ measures }) => measures === kind)?.gradient;
  const [prototype, contextual] = [of("prototype"), of("contextual")];
  if (!prototype && !contextual) return [];
  return pushes.map((push) => ({
    ...(prototype ? { prototype: inner(prototype, push, kept) } : {}),
    ...(contextual ? { contextual: inner(contextual, push, kept) } : {}),
  }));
}

function inner(bound: Float32Array, { gradient, along }: Push, kept: Float32Array): Float32Array {
  const size = gradient.length / along.length;
  return along.map((length, image) => {
    if (length === 0) return 0;
    let product = 0;
    for (let i = image * size; i < (image + 1) * size; i++) product += bound[i] * gradient[i] * kept[i];
    return length * product;
  });
}

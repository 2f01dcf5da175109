// Selection from a pool: sample more images than needed and keep those that a classifier judges best.
// Wang et al., CaO2: Rectifying Inconsistencies in Diffusion-Based Dataset Distillation (ICCV 2025, arXiv 2506.22637).
import { prototypeInformationOf } from "../information/barberAgakov";
import type { ImageBatch } from "../tensor/batch";
import type { CleanJudge } from "./cleanJudge";

/** Which images of a class are kept: the surest, or the least sure of those that are recognised. */
export type Keep = "confident" | "uncertain";

/** Up to this IPC the surest images are kept (the paper's IPC 10), beyond it the least sure (its IPC 50). */
const LARGEST_CONFIDENT_IPC = 10;

/** What CaO2 keeps at an IPC; where between 10 and 50 it turns over is our choice. */
export function keepAt(ipc: number): Keep {
  return ipc <= LARGEST_CONFIDENT_IPC ? "confident" : "uncertain";
}

/** What the classifier makes of an image. */
export interface Judgement {
  /** log q(y|x) + ln C of its class, nats. */
  readonly prototype: Float32Array;
  /** Whether its class is the most likely one. */
  readonly recognised: Uint8Array;
}

/**
 * Picks `ipc` images of each class of a pool: recognised ones first, among them by `keep`. Ties go to the earlier one.
 *
 * Simplified: the paper's second stage, which optimises latents, is left out (its published code runs it for no step).
 *
 * @param judgement of the images of the pool, class after class, equally many of each
 * @param groups number of classes in the pool
 * @returns places in the pool, class after class, ascending within a class
 * @throws RangeError if a class has fewer than `ipc` images
 */
export function choose(
  { prototype, recognised }: Judgement,
  groups: number,
  ipc: number,
  keep: Keep,
): Int32Array {
  const size = prototype.length / groups;
  if (!Number.isInteger(size) || size < ipc)
    throw new RangeError(
      `choose: expected a pool of ${groups} classes with at least IPC = ${ipc} images each, found ${prototype.length} images.`,
    );
  const sign = keep === "confident" ? -1 : 1;
  const chosen = new Int32Array(groups * ipc);
  for (let group = 0; group < groups; group++) {
    const places = Array.from({ length: size }, (_, i) => group * size + i);
    // Those not recognised come last, the nearest to being so first.
    const rank = (i: number) => (recognised[i] ? sign * prototype[i] : -prototype[i]);
    places.sort((a, b) => recognised[b] - recognised[a] || rank(a) - rank(b) || a - b);
    chosen.set(
      places.slice(0, ipc).sort((a, b) => a - b),
      group * ipc,
    );
  }
  return chosen;
}

/** Judges finished images as clean ones. @param labels the class of each */
export function judgementOf(judge: CleanJudge, images: ImageBatch, labels: ArrayLike<number>): Judgement {
  const logits = judge.logits(images);
  const classes = logits.length / labels.length;
  return {
    prototype: prototypeInformationOf(logits, labels, judge.temperature).perImage,
    recognised: Uint8Array.from({ length: labels.length }, (_, i) => {
      const row = logits.subarray(i * classes, (i + 1) * classes);
      return row[labels[i]] === Math.max(...row) ? 1 : 0;
    }),
  };
}

/** The images at some places of a batch. */
export function pickImages({ data, shape }: ImageBatch, places: Int32Array): ImageBatch {
  const size = data.length / shape[0];
  const picked = new Float32Array(places.length * size);
  places.forEach((place, i) => {
    picked.set(data.subarray(place * size, (place + 1) * size), i * size);
  });
  return { data: picked, shape: [places.length, shape[1], shape[2], shape[3]] };
}

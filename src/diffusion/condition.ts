// What a denoiser is asked about besides the noisy images.
import type { ImageSpace } from "../nn/denoiserNetwork";
import { T } from "./schedule";

/** What the network is asked about besides x_t. */
export interface Condition {
  /** Time step, 0..T-1, of all images. */
  readonly t: number;
  /** Class of each image. */
  readonly labels: Int32Array;
  /**
   * Classifier-free guidance (Ho & Salimans 2022): epsilon without class plus scale times the difference that
   * the class makes; 1 is the conditional model itself and costs half.
   */
  readonly guidanceScale: number;
  /** How many channels of epsilon are guided, the first ones: 3 of DiT's 4 in its own code. Default: all. */
  readonly guidedChannels?: number;
  /** What is added to the class embedding of each image, row by row, N x E (guidance/cads.ts). */
  readonly shift?: Float32Array | null;
}

/**
 * A network would answer all of this: a class that it does not know like one whose embedding is zero.
 * @throws RangeError for a time step, class, scale or number of channels that is none
 */
export function checkCondition(
  { t, labels, guidanceScale, guidedChannels = 1 }: Condition,
  { classes, channels, nullClass = true }: ImageSpace,
): void {
  if (!(Number.isInteger(t) && t >= 0 && t < T))
    throw new RangeError(`t: expected a whole time step from 0 to ${T - 1}, found ${t}.`);
  const last = nullClass ? classes : classes - 1;
  for (const label of labels)
    if (!(label >= 0 && label <= last))
      throw new RangeError(
        `Label ${label} is not a class: this denoiser knows 0..${classes - 1}${nullClass ? `, and ${classes} for no class` : ""}.`,
      );
  if (!Number.isFinite(guidanceScale))
    throw new RangeError(`guidanceScale: expected a number, 1 for none; found ${guidanceScale}.`);
  if (!(Number.isInteger(guidedChannels) && guidedChannels >= 1 && guidedChannels <= channels))
    throw new RangeError(`Guidance acts on 1 to ${channels} channels; found ${guidedChannels}.`);
}

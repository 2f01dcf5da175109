// Augmentation of small images, drawn from a seed. In JavaScript, since a batch of them costs less than a
// millisecond, and a compiled training step may not draw random numbers.
import type { ImageBatch } from "../tensor/batch";
import type { Seed } from "../tensor/random";
import { warped } from "./warp";

/** What is done to each image of a training batch. */
export interface Augmentation {
  /** Move by up to this many pixels in each direction: a random crop of the padded image. */
  readonly shift: number;
  /** Mirror each image, left to right, with probability 1/2. */
  readonly flip: boolean;
  /** Side of a square that is blanked out (DeVries & Taylor 2017); 0 for none. */
  readonly cutout: number;
  /** Probability that a batch is mixed by rectangles, its labels by their areas (Yun et al. 2019). */
  readonly cutMix: number;
  /** Stretch height and width each by a factor in [1/scale, scale]; 1 or nothing for none. */
  readonly scale?: number;
  /** Turn by up to this many degrees either way. */
  readonly rotate?: number;
  /** Do only one of the above (CutMix aside) to a batch, drawn anew for each. */
  readonly oneKind?: boolean;
}

export const noAugmentation: Augmentation = { shift: 0, flip: false, cutout: 0, cutMix: 0 };

/** Value of padding and blanked squares: black, the background of the embedded images. */
const BLANK = -1;

/**
 * Stretches and turns, shifts, mirrors and blanks each image on its own.
 * @returns new images; `images` stays as it is.
 */
export function augmentImages(images: ImageBatch, augmentation: Augmentation, seed: Seed): ImageBatch {
  const {
    scale = 1,
    rotate = 0,
    ...rest
  } = augmentation.oneKind ? oneKindOf(augmentation, seed) : augmentation;
  return shifted(scale > 1 || rotate > 0 ? warped(images, scale, rotate, seed, BLANK) : images, rest, seed);
}

/** The augmentation with all kinds but one switched off. */
function oneKindOf(augmentation: Augmentation, seed: Seed): Augmentation {
  const { shift, flip, cutout, scale = 1, rotate = 0, cutMix } = augmentation;
  const kinds: Partial<Augmentation>[] = [
    ...(flip ? [{ flip }] : []),
    ...(shift > 0 ? [{ shift }] : []),
    ...(cutout > 0 ? [{ cutout }] : []),
    ...(scale > 1 ? [{ scale }] : []),
    ...(rotate > 0 ? [{ rotate }] : []),
  ];
  const chosen = kinds[seed.child("kind").integers(1, Math.max(1, kinds.length))[0]];
  return { ...noAugmentation, cutMix, ...chosen };
}

function shifted(images: ImageBatch, { shift, flip, cutout }: Augmentation, seed: Seed): ImageBatch {
  const [count, height, width, channels] = images.shape;
  const data = new Float32Array(images.data.length).fill(BLANK);
  const dy = seed.child("down").integers(count, 2 * shift + 1);
  const dx = seed.child("right").integers(count, 2 * shift + 1);
  const mirrored = seed.child("flip").integers(count, 2);
  const row = width * channels;
  for (let n = 0; n < count; n++) {
    const [down, right] = [dy[n] - shift, dx[n] - shift];
    const base = n * height * row;
    for (let y = Math.max(0, down); y < Math.min(height, height + down); y++)
      for (let x = Math.max(0, right); x < Math.min(width, width + right); x++) {
        const column = flip && mirrored[n] === 1 ? width - 1 - (x - right) : x - right;
        const from = base + (y - down) * row + column * channels;
        for (let c = 0; c < channels; c++) data[base + y * row + x * channels + c] = images.data[from + c];
      }
  }
  if (cutout > 0) {
    // The centre may be anywhere, so that part of the square may lie outside.
    const cy = seed.child("cutout down").integers(count, height);
    const cx = seed.child("cutout right").integers(count, width);
    for (let n = 0; n < count; n++) {
      const box = boxAround(cy[n], cx[n], cutout, cutout, height, width);
      eachRow(box, n, images.shape, (from, to) => data.fill(BLANK, from, to));
    }
  }
  return { data, shape: images.shape };
}

/**
 * CutMix with one rectangle per batch, in place: its area share is uniform in [0, 1], Beta(1, 1), as in the
 * evaluator that published results share.
 * @param targets [N, classes], the label distributions, mixed by area
 */
export function cutMix(images: ImageBatch, targets: Float32Array, seed: Seed): void {
  const [count, height, width] = images.shape;
  const partner = seed.child("partner").permutation(count);
  const [share, centreY, centreX] = seed.child("box").uniform(3);
  const side = Math.sqrt(share);
  const box = boxAround(
    Math.floor(centreY * height),
    Math.floor(centreX * width),
    Math.floor(side * height),
    Math.floor(side * width),
    height,
    width,
  );
  mixBox(images, targets, partner, box);
}

/**
 * As {@link cutMix}, with the rectangle that published code draws (Yun et al. 2019): half its sides, rounded down, to
 * either side of its centre.
 * @param targets null where the labels are made of the mixed images
 */
export function publishedCutMix(images: ImageBatch, targets: Float32Array | null, seed: Seed): void {
  const [count, height, width] = images.shape;
  const [share, centreY, centreX] = seed.child("box").uniform(3);
  const range = (centre: number, length: number): [number, number] => {
    const [middle, half] = [
      Math.floor(centre * length),
      Math.floor(Math.floor(Math.sqrt(share) * length) / 2),
    ];
    return [Math.max(0, middle - half), Math.min(length, middle + half)];
  };
  const [top, bottom] = range(centreY, height);
  const [left, right] = range(centreX, width);
  mixBox(images, targets, seed.child("partner").permutation(count), { top, bottom, left, right });
}

/** Puts the box of each image's partner into the image, and as large a share of its label distribution. */
function mixBox(images: ImageBatch, targets: Float32Array | null, partner: Int32Array, box: Box): void {
  const [count, height, width] = images.shape;
  const area = ((box.bottom - box.top) * (box.right - box.left)) / (height * width);
  const [oldImages, oldTargets] = [images.data.slice(), targets?.slice()];
  const size = images.data.length / count;
  const classes = targets ? targets.length / count : 0;
  for (let n = 0; n < count; n++) {
    const offset = (partner[n] - n) * size;
    eachRow(box, n, images.shape, (from, to) => {
      images.data.set(oldImages.subarray(from + offset, to + offset), from);
    });
    if (targets && oldTargets)
      for (let c = 0; c < classes; c++)
        targets[n * classes + c] =
          (1 - area) * oldTargets[n * classes + c] + area * oldTargets[partner[n] * classes + c];
  }
}

interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function boxAround(y: number, x: number, tall: number, wide: number, height: number, width: number): Box {
  const top = y - Math.floor(tall / 2);
  const left = x - Math.floor(wide / 2);
  return {
    top: Math.max(0, top),
    bottom: Math.min(height, top + tall),
    left: Math.max(0, left),
    right: Math.min(width, left + wide),
  };
}

/** Calls `visit` with the range of values of each row of a box in image n. */
function eachRow(
  box: Box,
  n: number,
  [, height, width, channels]: ImageBatch["shape"],
  visit: (from: number, to: number) => void,
): void {
  for (let y = box.top; y < box.bottom; y++) {
    const start = (n * height + y) * width;
    visit((start + box.left) * channels, (start + box.right) * channels);
  }
}

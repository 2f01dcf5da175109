// How photographs become the input of a network in published evaluations: resizing, random crops, mirroring, colours,
// standardising. Values are in [0, 1] from `preparePhotographs` on, until `standardise`.
import { roundHalfToEven } from "../datasets/roundHalf";
import { bytesFromValues, type ImageBatch } from "../tensor/batch";
import type { Seed } from "../tensor/random";
import { type Jitter, jitter, lighting, standardise } from "./colours";
import { type Area, fitted, resampleInto } from "./resample";

/** What is done to photographs. */
export interface Treatment {
  /** Height and width of the network's input. */
  readonly size: number;
  /** Whether real test images are brought to 8/7 of the size before the middle is cut out, or to the size itself. */
  readonly wideTest: boolean;
  /** Whether images of the set are brought to the size before all else, or only by the random crop. */
  readonly fitSet: boolean;
  /** An image of the set is a mosaic of so many patches in each direction, put in a new order; 1 for none (RDED). */
  readonly patches: number;
  /** Least and most share of the area that a random crop keeps. */
  readonly crop: readonly [least: number, most: number];
  /** Largest amount of brightness, contrast and saturation, in an order drawn for each image; 0 for none. */
  readonly jitter: number;
  /** Deviation of the noise along the principal colours; 0 for none. */
  readonly lighting: number;
}

/** Aspect ratios of random crops. */
const RATIOS = [3 / 4, 4 / 3] as const;
const TRIES = 10;

/**
 * The images of a set before augmentation.
 * @param images values in [-1, 1]
 * @returns values in [0, 1]
 */
export function preparePhotographs(images: ImageBatch, { fitSet, size }: Treatment): ImageBatch {
  const bytes = inBytes(images);
  return overBytes(fitSet ? fitted(bytes, size, size) : bytes);
}

/** Real images as the network is tested on them. @param images values in [-1, 1] @returns standardised */
export function testPhotographs(images: ImageBatch, { size, wideTest }: Treatment): ImageBatch {
  const tested = overBytes(fitted(inBytes(images), wideTest ? Math.floor(size / 7) * 8 : size, size));
  standardise(tested.data);
  return tested;
}

/**
 * One batch for training: every image put in a new order of patches, cropped, mirrored with probability 1/2, changed
 * in colour and standardised, each by draws of its own.
 * @param images values in [0, 1]
 * @returns standardised, [N, size, size, 3]
 */
export function augmentPhotographs(images: ImageBatch, treatment: Treatment, seed: Seed): ImageBatch {
  const { size, patches, crop, jitter: strength, lighting: deviation } = treatment;
  const [count, height, width] = images.shape;
  const result: ImageBatch = {
    data: new Float32Array(count * size * size * 3),
    shape: [count, size, size, 3],
  };
  const source = patches > 1 ? shuffledPatches(images, patches, seed.child("patches")) : images;
  const mirrored = seed.child("flip").integers(count, 2);
  for (let n = 0; n < count; n++) {
    resampleInto(source, n, randomArea(height, width, crop, seed.child("crop", n)), result);
    const pixels = result.data.subarray(n * size * size * 3, (n + 1) * size * size * 3);
    if (mirrored[n] === 1) mirror(pixels, size);
    if (strength > 0) {
      const kinds: readonly Jitter[] = ["brightness", "contrast", "saturation"];
      const amounts = seed.child("colours", n).uniform(3);
      for (const k of seed.child("order of colours", n).permutation(3))
        jitter(pixels, kinds[k], strength * (2 * amounts[k] - 1));
    }
    if (deviation > 0)
      lighting(
        pixels,
        seed
          .child("lighting", n)
          .normal(3)
          .map((amount) => amount * deviation),
      );
  }
  standardise(result.data);
  return result;
}

/**
 * The rectangle of torchvision's RandomResizedCrop: a share of the area and the logarithm of the aspect ratio are
 * uniform; after ten rectangles that do not fit, the largest one in the middle with a ratio that is allowed.
 */
export function randomArea(height: number, width: number, share: Treatment["crop"], seed: Seed): Area {
  const draws = seed.uniform(2 * TRIES + 2);
  const between = (u: number, [from, to]: readonly [number, number]) => from + u * (to - from);
  const logRatios = [Math.log(RATIOS[0]), Math.log(RATIOS[1])] as const;
  for (let i = 0; i < TRIES; i++) {
    const area = height * width * between(draws[2 * i], share);
    const ratio = Math.exp(between(draws[2 * i + 1], logRatios));
    const [w, h] = [roundHalfToEven(Math.sqrt(area * ratio)), roundHalfToEven(Math.sqrt(area / ratio))];
    if (w > 0 && w <= width && h > 0 && h <= height)
      return {
        top: Math.floor(draws[2 * TRIES] * (height - h + 1)),
        left: Math.floor(draws[2 * TRIES + 1] * (width - w + 1)),
        height: h,
        width: w,
      };
  }
  const ratio = width / height;
  const h = ratio < RATIOS[0] ? roundHalfToEven(width / RATIOS[0]) : height;
  const w = ratio > RATIOS[1] ? roundHalfToEven(height * RATIOS[1]) : width;
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), height: h, width: w };
}

/** Columns of patches in a new order, then rows; the last of them takes what the division leaves. */
function shuffledPatches(images: ImageBatch, parts: number, seed: Seed): ImageBatch {
  const [count, height, width] = images.shape;
  const data = new Float32Array(images.data.length);
  for (let n = 0; n < count; n++) {
    const columns = placesAfter(width, seed.child("columns", n).permutation(parts));
    const rows = placesAfter(height, seed.child("rows", n).permutation(parts));
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const from = ((n * height + rows[y]) * width + columns[x]) * 3;
        const to = ((n * height + y) * width + x) * 3;
        for (let c = 0; c < 3; c++) data[to + c] = images.data[from + c];
      }
  }
  return { data, shape: images.shape };
}

/** Where each row or column comes from when the parts of `length` are put in this order. */
function placesAfter(length: number, order: Int32Array): Int32Array {
  const part = Math.floor(length / order.length);
  const places: number[] = [];
  for (const k of order) {
    const end = k === order.length - 1 ? length : (k + 1) * part;
    for (let place = k * part; place < end; place++) places.push(place);
  }
  return Int32Array.from(places);
}

function mirror(pixels: Float32Array, size: number): void {
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size >> 1; x++) {
      const [left, right] = [(y * size + x) * 3, (y * size + size - 1 - x) * 3];
      for (let c = 0; c < 3; c++)
        [pixels[left + c], pixels[right + c]] = [pixels[right + c], pixels[left + c]];
    }
}

/** @throws RangeError if the images are not in colour */
function inBytes({ data, shape }: ImageBatch): ImageBatch {
  if (shape[3] !== 3)
    throw new RangeError(`This protocol is for images with 3 colours, found ${shape[3]} channel(s).`);
  return { data: Float32Array.from(bytesFromValues(data)), shape };
}

function overBytes({ data, shape }: ImageBatch): ImageBatch {
  return { data: data.map((byte) => byte / 255), shape };
}

// Pictures of any size as squares, in the two ways that dataset distillation uses:
//
// "evaluator", as those who train networks on them: torchvision's Resize(size), then CenterCrop(size), of a
//   picture that PIL decoded (Minimax, MGD3, IGD, RDED: 224). The longer side is cut to whole pixels, the corner
//   is rounded half to even, shrinking is bilinear over the whole footprint of a pixel.
// "adm", as those who encode them for a diffusion model: center_crop_arr of ADM (openai/guided-diffusion,
//   image_datasets.py) and DiT (train.py). Halved by boxes while twice too large, then bicubic; the corner is
//   rounded down.
//
// Shrinking runs in sharp's threads, equal to PIL's up to rounding. Two things are kept from sharp: shrinking
// while a JPEG is decoded, which gives other pixels, and enlarging, which puts them half a pixel off;
// resample.ts does that.

import sharp from "sharp";
import { DatasetError } from "./dataset";
import { bicubic, bilinear, box, crop, type Filter, resample, type Size } from "./resample";
import { roundHalfToEven } from "./roundHalf";

/** How a picture becomes a square. */
export type Cut = "evaluator" | "adm";

interface Decoded extends Size {
  /** Width * height * 3 bytes. */
  readonly pixels: () => Promise<Uint8Array>;
  /** What sharp goes on with. */
  readonly image: () => Promise<sharp.Sharp>;
}

/**
 * Decodes a picture to size x size x 3 bytes.
 * @param picture the bytes of a JPEG, PNG or WebP file
 * @param name for messages
 * @throws DatasetError if it is damaged or cut short
 */
export async function squarePixels(
  picture: Uint8Array,
  name: string,
  size: number,
  cut: Cut = "evaluator",
): Promise<Uint8Array> {
  try {
    const decoded = await decode(picture);
    return await (cut === "evaluator" ? evaluatorSquare(decoded, size) : admSquare(decoded, size));
  } catch (error) {
    throw new DatasetError(
      `${name}: not a readable image (${(error as Error).message.trim()}); fetch or unpack it again`,
      { cause: error },
    );
  }
}

/** As PIL: no colour profile, no turning by EXIF, the colours of transparent pixels as they are. */
async function decode(picture: Uint8Array): Promise<Decoded> {
  const image = sharp(picture, { failOn: "error", ignoreIcc: true });
  const { width, height, hasAlpha } = await image.metadata();
  const rgb = image.toColourspace("srgb").removeAlpha();
  const pixels = () => rgb.raw().toBuffer();
  return {
    width,
    height,
    pixels,
    // A picture with alpha would be scaled with its colours weighted by it.
    image: async () => (hasAlpha ? fromPixels(await pixels(), { width, height }) : rgb),
  };
}

const fromPixels = (pixels: Uint8Array, { width, height }: Size): sharp.Sharp =>
  sharp(pixels, { raw: { width, height, channels: 3 } });

function evaluatorSquare(decoded: Decoded, size: number): Promise<Uint8Array> {
  const { width, height } = decoded;
  const to =
    width <= height
      ? { width: size, height: Math.floor((size * height) / width) }
      : { width: Math.floor((size * width) / height), height: size };
  const corner = (length: number) => roundHalfToEven((length - size) / 2);
  return square(decoded, to, size, corner, bilinear);
}

async function admSquare(decoded: Decoded, size: number): Promise<Uint8Array> {
  let from: Decoded = decoded;
  while (Math.min(from.width, from.height) >= 2 * size) {
    const half = { width: from.width >> 1, height: from.height >> 1 };
    const pixels = resample(await from.pixels(), from, half, box);
    from = { ...half, pixels: async () => pixels, image: async () => fromPixels(pixels, half) };
  }
  const scale = size / Math.min(from.width, from.height);
  const to = { width: roundHalfToEven(from.width * scale), height: roundHalfToEven(from.height * scale) };
  return square(from, to, size, (length) => (length - size) >> 1, bicubic);
}

async function square(
  from: Decoded,
  to: Size,
  size: number,
  corner: (length: number) => number,
  filter: Filter,
): Promise<Uint8Array> {
  const [left, top] = [corner(to.width), corner(to.height)];
  if (to.width > from.width || to.height > from.height)
    return crop(resample(await from.pixels(), from, to, filter), to, left, top, size);
  const image = await from.image();
  // The first cut changes nothing, but after one sharp does not shrink while decoding.
  return image
    .extract({ left: 0, top: 0, width: from.width, height: from.height })
    .resize(to.width, to.height, { fit: "fill", kernel: filter === bicubic ? "cubic" : "linear" })
    .extract({ left, top, width: size, height: size })
    .raw()
    .toBuffer();
}

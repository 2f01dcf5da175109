// A sheet is a transparent raster on which image tiles and captions are put: what grids, strips and maps share.
// Tiles are copied pixel by pixel (integer scale, nothing smoothed, nothing quantised), captions are mid-grey, which
// has a contrast above 4 both on white and on near-black.
import sharp from "sharp";
import type { ImageBatch } from "../tensor/batch";
import { type Anchor, textPath, type Weight } from "./font";

/** Readable on white and on black: relative luminance 0.19. */
const captionGrey = 120;

/** One line of text; x is the place of its anchor and y its baseline, both in px. */
export interface Caption {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly anchor?: Anchor;
  readonly weight?: Weight;
}

/**
 * Bytes of the images: values in `range` become 0..255, values outside are cut off.
 * @throws RangeError for other than 1 or 3 channels, a range that is none, or a value that is NaN
 */
export function toBytes(
  images: ImageBatch,
  range: readonly [low: number, high: number] = [-1, 1],
): Uint8Array {
  checkBatch(images);
  const [low, high] = range;
  if (!(high > low))
    throw new RangeError(`range: expected [low, high] with low < high, found [${low}, ${high}].`);
  const factor = 255 / (high - low);
  const bytes = new Uint8Array(images.data.length);
  for (let i = 0; i < bytes.length; i++) {
    const value = images.data[i]!;
    if (Number.isNaN(value))
      throw new RangeError(
        `ImageBatch: expected numbers, found NaN in image ${Math.floor((i * images.shape[0]) / bytes.length)}.`,
      );
    bytes[i] = Math.round(Math.min(255, Math.max(0, (value - low) * factor)));
  }
  return bytes;
}

/** Throws if the batch's numbers do not fill its shape. */
export function checkLength(images: ImageBatch): void {
  const [n, height, width, channels] = images.shape;
  const expected = n * height * width * channels;
  if (images.data.length !== expected) {
    throw new RangeError(
      `ImageBatch: shape [${images.shape.join(", ")}] needs ${expected} numbers, found ${images.data.length}.`,
    );
  }
}

/** As `checkLength`, and throws if the batch has neither 1 nor 3 channels. */
export function checkBatch(images: ImageBatch): void {
  checkLength(images);
  const channels = images.shape[3];
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(
      `ImageBatch: expected 1 channel (grey) or 3 (red, green, blue), found ${channels}; is the batch NHWC?`,
    );
  }
}

/** A raster that tiles and captions are put on, then written as PNG. */
export class Sheet {
  readonly width: number;
  readonly height: number;
  private readonly pixels: Uint8Array;
  private readonly captions: Caption[] = [];
  /** Bytes per pixel: grey + alpha, or red, green, blue + alpha. */
  private readonly depth: 2 | 4;

  constructor(width: number, height: number, colour: boolean) {
    this.width = Math.ceil(width);
    this.height = Math.ceil(height);
    this.depth = colour ? 4 : 2;
    this.pixels = new Uint8Array(this.width * this.height * this.depth);
  }

  /** Puts an image (height x width x channels bytes from `offset`) with its upper left corner at x, y. */
  image(
    bytes: Uint8Array,
    offset: number,
    shape: readonly [height: number, width: number, channels: number],
    x: number,
    y: number,
    scale: number,
  ): void {
    const [height, width, channels] = shape;
    const colours = this.depth - 1;
    for (let row = 0; row < height * scale; row++) {
      const source = offset + Math.floor(row / scale) * width * channels;
      let target = ((y + row) * this.width + x) * this.depth;
      for (let column = 0; column < width * scale; column++) {
        const pixel = source + Math.floor(column / scale) * channels;
        for (let c = 0; c < colours; c++) this.pixels[target++] = bytes[pixel + (channels === 1 ? 0 : c)]!;
        this.pixels[target++] = 255;
      }
    }
  }

  caption(caption: Caption): void {
    if (caption.text !== "") this.captions.push(caption);
  }

  /** The PNG; only the captions are smoothed. */
  async png(): Promise<Buffer> {
    if (this.captions.length > 0) await this.drawCaptions();
    const raw = { width: this.width, height: this.height, channels: this.depth };
    const picture = sharp(this.pixels, { raw });
    return (this.depth === 2 ? picture.toColourspace("b-w") : picture)
      .png({ compressionLevel: 9, adaptiveFiltering: true })
      .toBuffer();
  }

  private async drawCaptions(): Promise<void> {
    const paths = this.captions.map(
      ({ text, x, y, size, anchor, weight }) =>
        `<path d="${textPath(text, x, y, size, { anchor, weight })}"/>`,
    );
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}">${paths.join("")}</svg>`;
    const { data, info } = await sharp(Buffer.from(svg))
      .extractChannel("alpha")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const colours = this.depth - 1;
    for (let i = 0; i < this.width * this.height; i++) {
      const ink = data[i * info.channels]!;
      const alpha = i * this.depth + colours;
      // Captions never lie on tiles, so there is nothing to blend with.
      if (ink === 0 || this.pixels[alpha] !== 0) continue;
      this.pixels.fill(captionGrey, alpha - colours, alpha);
      this.pixels[alpha] = ink;
    }
  }
}

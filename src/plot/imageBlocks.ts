// Several batches of the same images beside each other, such as x_t, x0hat and what the guidance changed: blocks whose
// rows and columns agree, with class names.

import type { ImageBatch } from "../tensor/batch";
import { diverging } from "./diverging";
import { fitText, textWidth } from "./font";
import { latentPreview } from "./latentPreview";
import { perPixel } from "./perPixel";
import { largest } from "./scaleBar";
import { checkBatch, Sheet, toBytes } from "./sheet";

/** One batch under a heading. */
export interface ImageBlock {
  readonly heading: string;
  readonly images: ImageBatch;
  /** The values are differences: full colour (orange above zero, violet below) at this value. */
  readonly limit?: number;
}

/** Which images stand where in each block. */
export interface BlockArrangement {
  /** Indices of images, row by row. */
  readonly rows: readonly (readonly number[])[];
  /** Names of classes: of each row, or of each column where there is one row. */
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  /** What is left out, in words; empty if nothing is. */
  readonly omitted: string;
}

/**
 * A row for each class; one row of all images where each class has one, or there is one class.
 * @param names class of each image
 * @param most classes, and images of a class, that are shown
 */
export function arrangeBlocks(names: readonly string[], most = 10): BlockArrangement {
  const members = new Map<string, number[]>();
  names.forEach((name, i) => {
    members.set(name, [...(members.get(name) ?? []), i]);
  });
  const classes = [...members].slice(0, most);
  const rows = classes.map(([, own]) => own.slice(0, most));
  const ipc = Math.max(...[...members.values()].map(({ length }) => length));
  const parts = [
    ...(members.size > most ? [`${most} of ${members.size} classes`] : []),
    ...(ipc > most ? [`${most} of ${ipc} images per class`] : []),
  ];
  const omitted = parts.length > 0 ? `shown: ${parts.join(", ")}` : "";
  const labels = classes.map(([name]) => name);
  if (rows.length === 1) return { rows, rowLabels: [], columnLabels: [], omitted };
  if (ipc === 1) return { rows: [rows.flat()], rowLabels: [], columnLabels: labels, omitted };
  return { rows, rowLabels: labels, columnLabels: [], omitted };
}

/**
 * Largest difference between two batches of one shape as it is drawn; at least `least`, so that a colour scale exists.
 * @throws RangeError if the batches differ in shape
 */
export function largestDifference(a: ImageBatch, b: ImageBatch, least = 1e-6): number {
  return Math.max(least, largest(drawnDifference(imageDifference(a, b))));
}

/** What is drawn of differences: the mean over the channels of each pixel, of latents over those of their colours. */
export function drawnDifference(difference: ImageBatch): Float32Array {
  const { data, shape } = latentPreview(difference);
  return perPixel(data, shape[3]);
}

/** a - b, image by image. @throws RangeError if the batches differ in shape */
export function imageDifference(a: ImageBatch, b: ImageBatch): ImageBatch {
  if (a.shape.join() !== b.shape.join())
    throw new RangeError(
      `Expected two batches of one shape, found [${a.shape.join(", ")}] and [${b.shape.join(", ")}].`,
    );
  return { data: a.data.map((value, i) => value - b.data[i]!), shape: a.shape };
}

/** The block with its images in colours, if they are latents; differences of latents are those of the colours. */
function previewed(block: ImageBlock): ImageBlock {
  return { ...block, images: latentPreview(block.images) };
}

/** Bytes of a block with 1 or 3 channels; differences become colours. */
function blockBytes({ images, limit }: ImageBlock): { bytes: Uint8Array; channels: number } {
  const channels = images.shape[3];
  if (limit === undefined) return { bytes: toBytes(images), channels };
  checkBatch(images);
  const values = drawnDifference(images);
  const bytes = new Uint8Array(values.length * 3);
  values.forEach((value, i) => {
    bytes.set(diverging(value / limit), i * 3);
  });
  return { bytes, channels: 3 };
}

function putBlock(
  sheet: Sheet,
  block: ImageBlock,
  rows: BlockArrangement["rows"],
  place: { readonly x: number; readonly y: number; readonly scale: number; readonly gap: number },
): void {
  const [, height, width] = block.images.shape;
  const { bytes, channels } = blockBytes(block);
  const { scale, gap } = place;
  rows.forEach((row, r) => {
    row.forEach((image, c) => {
      const x = place.x + c * (width * scale + gap);
      const y = place.y + r * (height * scale + gap);
      sheet.image(bytes, image * height * width * channels, [height, width, channels], x, y, scale);
    });
  });
}

/** A PNG of one block without captions, one pixel for each pixel of the images and one between them. */
export function blockPng(given: ImageBlock, { rows }: Pick<BlockArrangement, "rows">): Promise<Buffer> {
  const block = previewed(given);
  const [, height, width, channels] = block.images.shape;
  const columns = Math.max(...rows.map(({ length }) => length));
  const colour = channels === 3 || block.limit !== undefined;
  const sheet = new Sheet(columns * (width + 1) - 1, rows.length * (height + 1) - 1, colour);
  putBlock(sheet, block, rows, { x: 0, y: 0, scale: 1, gap: 1 });
  return sheet.png();
}

/**
 * A PNG of blocks with headings and class names: below each other where a block is one row, beside each other else.
 * @param names class of each image
 * @throws RangeError without blocks, or if the batches are not of one size
 */
export async function imageBlocks(
  given: readonly ImageBlock[],
  names: readonly string[],
  scale?: number,
): Promise<Buffer> {
  const blocks = given.map(previewed);
  const [first] = blocks;
  if (!first) throw new RangeError("imageBlocks: expected at least one block of images, found none.");
  for (const { heading, images } of blocks) {
    if (images.shape.join() !== first.images.shape.join() || images.shape[0] !== names.length)
      throw new RangeError(
        `imageBlocks: expected ${names.length} images of ${first.images.shape.slice(1).join(" x ")} in "${heading}", ` +
          `found [${images.shape.join(", ")}].`,
      );
  }
  const arrangement = arrangeBlocks(names);
  const { rows, rowLabels, columnLabels } = arrangement;
  const stacked = rows.length === 1;
  const [, height, width, channels] = first.images.shape;
  const size = 14;
  const columns = Math.max(...rows.map(({ length }) => length));
  const leftLabels = stacked ? blocks.map(({ heading }) => heading) : rowLabels;
  const left = Math.ceil(Math.max(...leftLabels.map((text) => textWidth(text, size)))) + 12;
  const across = stacked ? columns : columns * blocks.length;
  const pixels = scale ?? Math.max(1, Math.min(Math.round(84 / width), Math.floor(1180 / (across * width))));
  const gap = 3;
  const blockWidth = columns * (width * pixels + gap) - gap;
  const rowHeight = height * pixels + gap;
  const between = 18;
  const top = stacked && columnLabels.length === 0 ? 0 : size + 10;
  const colour = channels === 3 || blocks.some(({ limit }) => limit !== undefined);
  const sheet = new Sheet(
    left + (stacked ? blockWidth : blocks.length * (blockWidth + between) - between),
    top + (stacked ? blocks.length : rows.length) * rowHeight - gap,
    colour,
  );
  const centred = (text: string, from: number, wide: number) =>
    sheet.caption({ text: fitText(text, wide, size), x: from + wide / 2, y: size, size, anchor: "middle" });
  leftLabels.forEach((text, row) => {
    const y = top + row * rowHeight + (height * pixels) / 2 + size * 0.36;
    sheet.caption({ text, x: left - 12, y, size, anchor: "end" });
  });
  columnLabels.forEach((text, column) => {
    centred(text, left + column * (width * pixels + gap), width * pixels);
  });
  blocks.forEach((block, i) => {
    const x = left + (stacked ? 0 : i * (blockWidth + between));
    const y = top + (stacked ? i * rowHeight : 0);
    if (!stacked) centred(block.heading, x, blockWidth + between - 4);
    putBlock(sheet, block, rows, { x, y, scale: pixels, gap });
  });
  return sheet.png();
}

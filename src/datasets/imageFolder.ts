// A set of images as files: FOLDER/<class>/<i>.png. Distilled sets are written and read in this form, and so are
// the sets of other people (sorted by number, class folders named by `classSlug`).

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { writeFileAtomic } from "../tensor/atomicFile";
import { bytesFromValues, type ImageBatch, valuesFromBytes } from "../tensor/batch";
import { classSlugs, type Dataset, DatasetError } from "./dataset";
import { checkPlainFile } from "./insideFolder";

/** Each write waits for the disk: several wait together. */
const WRITTEN_AT_ONCE = 8;

/** The images of a folder, class by class in label order, and by file name within a class. */
export interface FolderImages {
  /** NHWC, values in [-1, 1]. */
  readonly images: ImageBatch;
  /** Class index of each image. */
  readonly labels: Int32Array;
  /** Paths from the folder down, with forward slashes, one per image. */
  readonly files: readonly string[];
}

/** What `readImageFolder` needs to know of a dataset: names of the classes, and shape of an image. */
export type ImageFolderTarget = Pick<Dataset, "classes" | "shape">;

/** One written image. */
export interface WrittenImage {
  /** Path from the folder of the set down, with forward slashes. */
  readonly file: string;
  /** Class index. */
  readonly label: number;
  /** Number of the image within its class. */
  readonly index: number;
  /** Of the bytes of the PNG file, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** An image as the bytes of its file, not yet written. */
export interface EncodedImage extends WrittenImage {
  /** The bytes of the PNG file. */
  readonly png: Uint8Array;
}

/**
 * Reads every image under `folder`. Files beside the class folders (manifest.json) and hidden files are passed
 * over; anything else unexpected is an error, as a set that is silently read in part gives wrong numbers.
 *
 * @param folder with images `<class>/*.png`, `.jpg` or `.webp` of 8 bits per channel; class folders are called as
 *   `writeImages` calls them
 * @param target the dataset that the images are of
 * @throws DatasetError for class folders that do not fit the dataset, empty classes, images of the wrong size
 *   or depth, and files that are not images
 * @example
 * await igds.distillInto("my-set", dataset, { method: "random", ipc: 1 });
 * const set = await igds.datasets.readImageFolder("my-set", dataset);
 */
export async function readImageFolder(folder: string, target: ImageFolderTarget): Promise<FolderImages> {
  const [height, width, channels] = target.shape;
  const listing = await listClasses(folder, target.classes);
  const files = listing.flatMap(({ slug, names }) => names.map((name) => `${slug}/${name}`));
  const size = height * width * channels;
  const data = new Float32Array(files.length * size);
  for (let i = 0; i < files.length; i++) {
    const file = path.join(folder, files[i]!);
    await checkPlainFile(folder, file);
    const pixels = await readPixels(file, target.shape);
    valuesFromBytes(pixels, data, i * size);
  }
  return {
    images: { data, shape: [files.length, height, width, channels] },
    labels: Int32Array.from(listing.flatMap(({ names }, label) => names.map(() => label))),
    files,
  };
}

/**
 * Writes image `i` of the batch to FOLDER/<class of labels[i]>/<indices[i]>.png. Values are rounded to bytes;
 * the same values give the same file bytes, and reading gives the same bytes back.
 *
 * @param folder made where it is missing; files of the same names in it are replaced
 * @param classes names in label order; their folders have lower-case letters, digits and hyphens: "T-shirt/top" is
 *   t-shirt-top
 * @param images [N, H, W, 1 or 3] in [-1, 1]; what lies beyond is clipped
 * @param labels class index of each image
 * @param indices file numbers. Default: 0, 1, 2, ... within each class
 * @returns one for each image, in their order
 * @throws RangeError if labels or indices do not fit the batch, or a label no class; for another number of channels,
 *   class names that do not make a folder each, or a value that is NaN
 * @example
 * await igds.datasets.writeImages("my-images", dataset.classes, images, labels); // my-images/dress/0.png ...
 */
export async function writeImages(
  folder: string,
  classes: readonly string[],
  images: ImageBatch,
  labels: ArrayLike<number>,
  indices: ArrayLike<number> = countWithin(labels),
): Promise<WrittenImage[]> {
  const encoded = await encodeImages(classes, images, labels, indices);
  await storeImages(folder, encoded);
  return encoded.map(({ png: _, ...written }) => written);
}

/** As `writeImages`, without writing: the bytes of each file. */
export async function encodeImages(
  classes: readonly string[],
  images: ImageBatch,
  labels: ArrayLike<number>,
  indices: ArrayLike<number> = countWithin(labels),
): Promise<EncodedImage[]> {
  const [count, height, width, channels] = images.shape;
  if (labels.length !== count || indices.length !== count) {
    throw new RangeError(
      `${count} images need as many labels and indices, found ${labels.length}, ${indices.length}`,
    );
  }
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`PNG files are written with 1 or 3 channels, found ${channels}`);
  }
  const slugs = classSlugs(classes);
  const size = height * width * channels;
  const encoded: EncodedImage[] = [];
  for (let i = 0; i < count; i++) {
    const slug = slugs[labels[i]!];
    if (slug === undefined)
      throw new RangeError(`Labels must lie in 0 .. ${classes.length - 1}, found ${labels[i]}`);
    const bytes = bytesFromValues(images.data.subarray(i * size, (i + 1) * size));
    // Fixed settings: the same pixels always give the same file.
    const png = await sharp(bytes, { raw: { width, height, channels } })
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .png({ compressionLevel: 9, adaptiveFiltering: false, palette: false })
      .toBuffer();
    const sha256 = createHash("sha256").update(png).digest("hex");
    encoded.push({ file: `${slug}/${indices[i]}.png`, label: labels[i]!, index: indices[i]!, sha256, png });
  }
  return encoded;
}

/** Writes each image to FOLDER/<its file>, a few at a time. */
export async function storeImages(folder: string, images: readonly EncodedImage[]): Promise<void> {
  for (let first = 0; first < images.length; first += WRITTEN_AT_ONCE)
    await Promise.all(
      images
        .slice(first, first + WRITTEN_AT_ONCE)
        .map(({ file, png }) => writeFileAtomic(path.join(folder, file), png)),
    );
}

async function listClasses(
  folder: string,
  classes: readonly string[],
): Promise<{ slug: string; names: string[] }[]> {
  const slugs = classSlugs(classes);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such folder" : error.message;
    throw new DatasetError(`${folder}: cannot read the images: ${why}`, { cause: error });
  });
  const found = entries
    .filter((entry) => !entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => entry.name);
  const unknown = found.filter((name) => !slugs.includes(name));
  const missing = slugs.filter((slug) => !found.includes(slug));
  if (unknown.length > 0 || missing.length > 0) {
    const faults = [
      ...(unknown.length > 0 ? [`unknown folders ${inWords(unknown)}`] : []),
      ...(missing.length > 0 ? [`no folders ${inWords(missing)}`] : []),
    ];
    throw new DatasetError(
      `${folder}: expected one folder per class (${inWords(slugs)}), found ${faults.join(" and ")}. ` +
        "Check that the set belongs to this dataset and is complete.",
    );
  }
  return Promise.all(slugs.map(async (slug) => ({ slug, names: await listImages(path.join(folder, slug)) })));
}

async function listImages(folder: string): Promise<string[]> {
  const entries = (await readdir(folder)).filter((name) => !name.startsWith("."));
  const other = entries.filter((name) => !/\.(png|jpe?g|webp)$/i.test(name));
  if (other.length > 0) {
    throw new DatasetError(`${folder}: expected only .png, .jpg or .webp files, found ${inWords(other)}`);
  }
  if (entries.length === 0) throw new DatasetError(`${folder}: expected at least one image, found none`);
  // By number: 2.png before 10.png. Not by locale, which differs between machines.
  return entries.sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1));
}

function numberOf(name: string): number {
  const number = /^\d+/.exec(name);
  return number ? Number(number[0]) : Number.MAX_SAFE_INTEGER;
}

async function readPixels(file: string, shape: Dataset["shape"]): Promise<Uint8Array> {
  const [height, width, channels] = shape;
  const bytes = await readFile(file);
  const { data, info, depth } = await decode(bytes).catch((error: Error) => {
    throw new DatasetError(
      `${file}: not a readable image (${error.message.trim()}); write or fetch it again`,
      {
        cause: error,
      },
    );
  });
  if (info.width !== width || info.height !== height) {
    throw new DatasetError(
      `${file}: expected ${width} x ${height} pixels, as the dataset has, found ${info.width} x ${info.height}`,
    );
  }
  if (depth !== "uchar") throw new DatasetError(`${file}: expected 8 bits per channel, found ${depth}`);
  return withChannels(data, info.channels, channels, file);
}

async function decode(bytes: Uint8Array): Promise<{ data: Buffer; info: sharp.OutputInfo; depth: string }> {
  const image = sharp(bytes, { failOn: "warning" });
  // By its bytes, not its name: formats that can do more than hold pixels are not opened.
  const { depth, format } = await image.metadata();
  if (!["png", "jpeg", "webp"].includes(format))
    throw new Error(`expected a PNG, JPEG or WebP picture, found ${format}`);
  return { ...(await image.raw().toBuffer({ resolveWithObject: true })), depth };
}

/** Turns decoded pixels into the dataset's channels, where that loses nothing. */
function withChannels(pixels: Uint8Array, found: number, wanted: number, file: string): Uint8Array {
  const count = pixels.length / found;
  const hasAlpha = found === 2 || found === 4;
  const colours = hasAlpha ? found - 1 : found;
  const result = new Uint8Array(count * wanted);
  for (let i = 0; i < count; i++) {
    const at = i * found;
    if (hasAlpha && pixels[at + colours] !== 255) {
      throw new DatasetError(`${file}: expected an opaque image, found transparent pixels`);
    }
    if (wanted === 1 && colours === 3 && (pixels[at] !== pixels[at + 1] || pixels[at] !== pixels[at + 2])) {
      throw new DatasetError(`${file}: expected a grey image, as the dataset has, found colours`);
    }
    for (let c = 0; c < wanted; c++) result[i * wanted + c] = pixels[at + (colours === 1 ? 0 : c)]!;
  }
  return result;
}

function countWithin(labels: ArrayLike<number>): Int32Array {
  const next = new Map<number, number>();
  return Int32Array.from({ length: labels.length }, (_, i) => {
    const index = next.get(labels[i]!) ?? 0;
    next.set(labels[i]!, index + 1);
    return index;
  });
}

function inWords(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name));
  return shown.join(", ") + (names.length > shown.length ? ` and ${names.length - shown.length} more` : "");
}

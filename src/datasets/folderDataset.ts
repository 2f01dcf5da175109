// Anybody's folder of pictures as a dataset: FOLDER/<class>/*.png (or .jpg, .webp), of any size.
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { Seed } from "../tensor/random";
import { holdOut } from "./batches";
import { type Dataset, DatasetError, newLabels, type Split } from "./dataset";

export interface FolderDatasetOptions {
  /** Height and width that every picture is brought to: its shorter side is scaled, the rest cut off evenly. */
  readonly size: number;
  /** Default: 1 (grey) if the first picture is grey, else 3. */
  readonly channels?: 1 | 3;
  /** Part of each class that is kept for tests; between 0 and 1. Default 1/6. */
  readonly testShare?: number;
  /** Which pictures are kept for tests. Default 0. */
  readonly seed?: number | string;
  /** Default: the name of the folder. */
  readonly name?: string;
}

const picture = /\.(png|jpe?g|webp)$/i;

/**
 * Reads a folder with one folder of pictures per class; the classes are in alphabetical order. Other files are
 * passed over.
 *
 * @throws DatasetError for fewer than two classes, a class of fewer than two pictures, or a damaged picture
 * @example
 * const dataset = await folderDataset("my-pictures", { size: 32 }); // my-pictures/cat/*.png, my-pictures/dog/*.png
 * dataset.classes; // the names of the folders
 */
export async function folderDataset(folder: string, options: FolderDatasetOptions): Promise<Dataset> {
  const { size, testShare = 1 / 6, seed = 0, name = path.basename(path.resolve(folder)) } = options;
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`folderDataset: expected size as a whole number of pixels, found ${size}.`);
  const classes = (await entries(folder)).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const files = await Promise.all(
    classes.map(async (label) => {
      const names = (await entries(path.join(folder, label))).filter((entry) => picture.test(entry.name));
      return names.map((entry) => path.join(folder, label, entry.name));
    }),
  );
  const short = files.findIndex((list) => list.length < 2);
  if (classes.length < 2 || short >= 0)
    throw new DatasetError(
      `${folder}: expected at least two folders, one per class, with two or more .png, .jpg or .webp files each; ` +
        (short >= 0
          ? `found ${files[short]!.length} in "${classes[short]}".`
          : `found ${classes.length} folders.`),
    );
  const all = files.flat();
  const channels = options.channels ?? ((await isGrey(all[0]!)) ? 1 : 3);
  const pixels = size * size * channels;
  const images = new Uint8Array(all.length * pixels);
  for (const [i, file] of all.entries()) images.set(await readScaled(file, size, channels), i * pixels);
  const labels = newLabels(all.length, classes.length);
  labels.set(files.flatMap((list, label) => list.map(() => label)));
  const whole: Split = { images, labels, count: all.length };
  const { train, heldOut } = holdOut(whole, testShare, new Seed(seed).child("folder test"));
  return {
    name,
    classes,
    shape: [size, size, channels],
    train: part(whole, train, pixels, classes.length),
    test: part(whole, heldOut, pixels, classes.length),
    source: path.resolve(folder),
  };
}

/** What a folder holds, hidden files left out, in an order that is the same on every machine. */
async function entries(folder: string): Promise<Dirent[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such folder" : error.message;
    throw new DatasetError(`${folder}: cannot read the pictures: ${why}`, { cause: error });
  });
  return found
    .filter((entry) => !entry.name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function part(whole: Split, chosen: Int32Array, pixels: number, classCount: number): Split {
  const images = new Uint8Array(chosen.length * pixels);
  const labels = newLabels(chosen.length, classCount);
  chosen.forEach((from, to) => {
    images.set(whole.images.subarray(from * pixels, (from + 1) * pixels), to * pixels);
    labels[to] = whole.labels[from]!;
  });
  return { images, labels, count: chosen.length };
}

async function isGrey(file: string): Promise<boolean> {
  const { channels } = await sharp(file)
    .metadata()
    .catch((error: Error) => {
      throw unreadable(file, error);
    });
  return channels <= 2;
}

async function readScaled(file: string, size: number, channels: 1 | 3): Promise<Uint8Array> {
  try {
    return await sharp(file, { failOn: "warning" })
      .rotate() // as the camera held it
      .flatten({ background: "#000000" })
      .resize(size, size, { fit: "cover" })
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .raw()
      .toBuffer();
  } catch (error) {
    throw unreadable(file, error as Error);
  }
}

function unreadable(file: string, error: Error): DatasetError {
  return new DatasetError(
    `${file}: not a readable image (${error.message.trim()}); write it again or take it away`,
    { cause: error },
  );
}

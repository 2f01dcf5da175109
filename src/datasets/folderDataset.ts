// Anybody's folder of pictures as a dataset: FOLDER/<class>/*.png (or .jpg, .webp), of any size.
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { Seed } from "../tensor/random";
import { holdOut } from "./batches";
import { classSlugs, type Dataset, DatasetError, newLabels } from "./dataset";
import { few } from "./few";
import { type ImageList, type ListedDataset, loadLists } from "./imageList";
import { listParquet, parquetClasses } from "./parquetDataset";
import { findParquet } from "./parquetShards";
import { type ClassFiles, type Decode, pictureList, picturesIn } from "./pictureFiles";

/** How the pictures of a folder become a dataset. */
export interface FolderDatasetOptions {
  /**
   * Height and width that every picture is brought to: its shorter side is scaled, the rest cut off evenly.
   */
  readonly size: number;
  /** Default: 1 (grey) if all training pictures are grey, else 3; of Parquet files 3. */
  readonly channels?: 1 | 3;
  /** Part of each class that is kept for tests; between 0 and 1. Default 1/6. */
  readonly testShare?: number;
  /** Which pictures are kept for tests. Default 0. */
  readonly seed?: number | string;
  /** Default: the name of the folder. */
  readonly name?: string;
}

/** What the folder of the test split may be called, where the splits have folders. */
const testNames = ["test", "val", "validation"] as const;

/**
 * Reads a folder with one folder of pictures per class; the classes are in alphabetical order. Other files
 * are passed over. Folders `train` and `test` (or `val`) with such folders in them are the two splits; so are
 * Parquet files of an image dataset of the Hugging Face hub.
 *
 * @param folder with pictures `<class>/*.png`, `.jpg` or `.webp`
 * @throws DatasetError for fewer than two classes, a class of fewer than two pictures, or a damaged picture; RangeError
 *   for class names that no set can have as folders, such as Cat beside cat, for a size that is no whole number of
 *   pixels, or where tests are to be picked a `testShare` that is not between 0 and 1
 * @example
 * const dataset = await igds.folderDataset("my-pictures", { size: 32 });
 * // my-pictures/cat/*.png, my-pictures/dog/*.png
 * dataset.classes; // the names of the folders
 */
export async function folderDataset(folder: string, options: FolderDatasetOptions): Promise<Dataset> {
  return loadLists(await listFolder(folder, options));
}

/** As `folderDataset`, with the pictures left where they are. */
export async function listFolder(folder: string, options: FolderDatasetOptions): Promise<ListedDataset> {
  const { size, testShare = 1 / 6, seed = 0, name = path.basename(path.resolve(folder)) } = options;
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`folderDataset: expected size as a whole number of pixels, found ${size}.`);
  const shards = await findParquet(folder);
  if (shards) {
    const channels = options.channels ?? 3;
    const classes = await parquetClasses(shards);
    classSlugs(classes); // now, not after the training
    const decode: Decode = (bytes, file) => readScaled(bytes, file, size, channels);
    const { train, test } = await listParquet(shards, classes, decode);
    return { name, classes, shape: [size, size, channels], train, test, source: path.resolve(folder) };
  }
  const inside = await foldersIn(folder);
  const testFolder = testNames.find((one) => inside.includes(one));
  const divided = inside.includes("train") && testFolder !== undefined;
  const train = await classesIn(divided ? path.join(folder, "train") : folder, divided ? 1 : 2);
  classSlugs(train.classes);
  const channels = options.channels ?? ((await areGrey(train.files)) ? 1 : 3);
  const decode: Decode = (bytes, file) => readScaled(bytes, file, size, channels);
  const listed = (files: readonly ClassFiles[]) =>
    pictureList(
      files.map((one) => [one]),
      decode,
    );
  const shared = {
    name,
    classes: train.classes,
    shape: [size, size, channels] as const,
    source: path.resolve(folder),
  };
  if (divided) {
    const test = await classesIn(path.join(folder, testFolder), 1);
    if (test.classes.join("/") !== train.classes.join("/"))
      throw new DatasetError(
        `${folder}: expected the same classes in train and ${testFolder}, found ${few(train.classes)} and ` +
          `${few(test.classes)}.`,
      );
    return { ...shared, train: listed(train.files), test: listed(test.files) };
  }
  const labels = train.files.flatMap(({ names }, label) => names.map(() => label));
  const whole = newLabels(labels.length, train.classes.length);
  whole.set(labels);
  const parts = holdOut(
    { labels: whole, count: whole.length },
    testShare,
    new Seed(seed).child("folder test"),
  );
  const part = (chosen: Int32Array): ImageList => {
    const taken = new Set(chosen);
    let place = 0;
    return listed(train.files.map((one) => ({ ...one, names: one.names.filter(() => taken.has(place++)) })));
  };
  return { ...shared, train: part(parts.train), test: part(parts.heldOut) };
}

/** @param least pictures that a class must have */
async function classesIn(
  folder: string,
  least: number,
): Promise<{ classes: readonly string[]; files: readonly ClassFiles[] }> {
  const classes = await foldersIn(folder);
  const files = await Promise.all(classes.map((label) => picturesIn(path.join(folder, label))));
  const short = files.findIndex((one) => one!.names.length < least);
  if (classes.length < 2 || short >= 0)
    throw new DatasetError(
      `${folder}: expected at least two folders, one per class, with ${least === 1 ? "one" : "two"} or more .png, ` +
        ".jpg or .webp files each; " +
        (short >= 0
          ? `found ${files[short]!.names.length} in "${classes[short]}".`
          : `found ${classes.length === 1 ? "1 folder" : `${classes.length} folders`}.`),
    );
  return { classes, files: files as ClassFiles[] };
}

/** Names of the folders in a folder, and of links to folders, of which subsets are often made. */
async function foldersIn(folder: string): Promise<string[]> {
  const found = await Promise.all(
    (await entries(folder)).map(async (entry) => {
      if (!entry.isSymbolicLink()) return entry.isDirectory() ? [entry.name] : [];
      const target = await stat(path.join(folder, entry.name)).catch(() => null);
      return target?.isDirectory() ? [entry.name] : [];
    }),
  );
  return found.flat();
}

/** What a folder holds, hidden files left out, in an order that is the same on every machine. */
async function entries(folder: string): Promise<Dirent[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const reasons: Record<string, string> = {
      ENOENT: "there is no such folder",
      ENOTDIR: "it is a file; name the folder",
    };
    const why = reasons[error.code ?? ""] ?? error.message;
    throw new DatasetError(`${folder}: cannot read the pictures: ${why}`, { cause: error });
  });
  return found
    .filter((entry) => !entry.name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Whether no picture has colours; asks their headers, up to the first that has. */
async function areGrey(classes: readonly ClassFiles[]): Promise<boolean> {
  for (const { folder, names } of classes)
    for (const name of names) {
      // One that cannot be read is named where it is read.
      const found = await sharp(path.join(folder, name))
        .metadata()
        .catch(() => null);
      if (found && found.channels > 2) return false;
    }
  return true;
}

async function readScaled(
  bytes: Uint8Array,
  file: string,
  size: number,
  channels: 1 | 3,
): Promise<Uint8Array> {
  try {
    return await sharp(bytes, { failOn: "warning" })
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

// Reading sets that others have made.
import path from "node:path";
import type { Dataset } from "../datasets/dataset";
import { classSlugs } from "../datasets/dataset";
import { few } from "../datasets/few";
import { checkPlainFile } from "../datasets/insideFolder";
import { openBytes } from "../nn/fileBytes";
import { openTorch } from "../nn/torchFile";
import { WeightFileError } from "../nn/weightTypes";
import { ExchangeError } from "./arrays";
import { columnsFrom, placesOf } from "./classOrder";
import { numberedFolders, readFolders, type Wanted } from "./folders";
import { checkKind, type ExchangedSet, type Layout, layoutOf, type Standard, torchFiles } from "./layouts";
import { readNpz } from "./npz";
import { imagesFrom, labelsFrom, type Numbers } from "./setArrays";

/** What the files of a set do not say themselves. */
export interface ImportOptions {
  /** Default: found out, see `layoutOf`. */
  readonly layout?: Layout;
  /**
   * The classes as the set counts or names them: in `numbered`, `torch` and `npz` the one with number 0 first. Default:
   * the dataset's own. Each must be one of the dataset's, and all of them there.
   */
  readonly order?: readonly string[];
  /** `own`: images may be of another size than the dataset's, but all of the same. Default: the dataset's. */
  readonly size?: "dataset" | "own";
  /** What the values of `torch` and `npz` are standardised by. Default: they are colours in [0, 1], or bytes. */
  readonly standard?: Standard;
}

/** What must be known of a dataset; where its shape is not, images of any are taken. */
export type ImportTarget = Pick<Dataset, "classes"> & Partial<Pick<Dataset, "shape">>;

/**
 * Reads a set in any of the layouts.
 *
 * @param source the folder, or of `npz` the file
 * @param target the dataset that the set is of
 * @returns the images class after class, in label order of the dataset; their values are those of bytes
 * @throws ExchangeError or DatasetError naming what is missing, damaged, or does not belong to the dataset; RangeError
 *   where `standard` does not fit the channels
 * @example
 * await igds.exchange.exportSet(set, "set.npz", { layout: "npz", classes: dataset.classes });
 * const same = await igds.exchange.importSet("set.npz", dataset);
 * same.labels; // as those of the set
 */
export async function importSet(
  source: string,
  target: ImportTarget,
  options: ImportOptions = {},
): Promise<ExchangedSet> {
  const { classes, shape } = target;
  const layout = options.layout ?? (await layoutOf(source, classes));
  await checkKind(source, layout);
  const order = options.order ?? classes;
  const places = placesOf(order, classes);
  const exact = options.size === "own" ? undefined : shape;
  const wanted = exact ?? (shape ? { channels: shape[2] } : {});
  const set = await read(source, layout, order, wanted, options.standard);
  if (exact && set.images.shape.slice(1).join() !== exact.join())
    throw new ExchangeError(
      `${source}: expected images of ${exact.join(" x ")}, as the dataset has, found ${set.images.shape.slice(1).join(" x ")}`,
    );
  return inOrderOf(set, places, classes.length);
}

async function read(
  source: string,
  layout: Layout,
  order: readonly string[],
  wanted: Wanted,
  standard: Standard | undefined,
): Promise<ExchangedSet> {
  switch (layout) {
    case "igds":
    case "wnid":
      return readFolders(source, classSlugs(order), wanted);
    case "numbered":
      return readFolders(source, await numberedFolders(source, order.length), wanted);
    case "torch":
      return readTorchSet(source, order.length, standard);
    case "npz":
      return readNpzSet(source, order.length, standard);
  }
}

/** The set in label order of the dataset; what is in that order already stays as it is. */
function inOrderOf(set: ExchangedSet, places: Int32Array, classes: number): ExchangedSet {
  const labels = set.labels.map((label) => places[label]!);
  const order = Array.from(labels.keys()).sort((a, b) => labels[a]! - labels[b]! || a - b);
  const { data, shape } = set.images;
  const pixels = shape[1] * shape[2] * shape[3];
  const rows = (values: Float32Array, size: number) => {
    const sorted = new Float32Array(values.length);
    order.forEach((from, to) => {
      sorted.set(values.subarray(from * size, (from + 1) * size), to * size);
    });
    return sorted;
  };
  const { targets } = set;
  return {
    images: { data: rows(data, pixels), shape },
    labels: Int32Array.from(order, (i) => labels[i]!),
    files: order.map((i) => set.files[i]!),
    ...(targets ? { targets: rows(columnsFrom(targets, inverse(places)), classes) } : {}),
  };
}

/** Where each class of the dataset stands in the set. */
const inverse = (places: Int32Array): Int32Array => places.map((_, label) => places.indexOf(label));

async function readTorchSet(
  folder: string,
  classes: number,
  standard: Standard | undefined,
): Promise<ExchangedSet> {
  const files = torchFiles(folder);
  const images = await readTensor(files.images);
  const batch = imagesFrom(images, "channels first", images.isBytes, files.images, standard);
  const labels = labelsFrom(await readTensor(files.labels), batch.shape[0], classes, files.labels);
  return { images: batch, ...labels, files: numbered(batch.shape[0]) };
}

/** The one tensor of a file. */
async function readTensor(file: string): Promise<Numbers & { isBytes: boolean }> {
  try {
    await checkPlainFile(path.dirname(file), file);
    const tensors = await openTorch(await openBytes(file));
    try {
      const [first, ...others] = tensors.entries.values();
      if (!first || others.length > 0)
        throw new ExchangeError(`${file}: expected one tensor, found ${tensors.entries.size}`);
      return {
        shape: first.shape,
        data: await tensors.read(first.name),
        isBytes: first.dtype === "U8",
      };
    } finally {
      await tensors.close();
    }
  } catch (error) {
    if (error instanceof WeightFileError) throw new ExchangeError(error.message, { cause: error });
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new ExchangeError(
        `${file}: there is no such file; a set of PyTorch needs images.pt and labels.pt`,
        {
          cause: error,
        },
      );
    throw error;
  }
}

/** Names of the two arrays as others call them, DiT's samples among them. */
const imageNames = ["images", "x", "data", "arr_0"];
const labelNames = ["labels", "y", "targets", "arr_1", "label"];

async function readNpzSet(
  file: string,
  classes: number,
  standard: Standard | undefined,
): Promise<ExchangedSet> {
  const arrays = await readNpz(file);
  const of = (names: readonly string[], what: string) => {
    const found = names.filter((name) => arrays.has(name));
    if (found.length !== 1)
      throw new ExchangeError(
        `${file}: expected ${what} as one array called ${names.join(", ")}, found ${few([...arrays.keys()])}`,
      );
    return arrays.get(found[0]!)!;
  };
  const images = of(imageNames, "images");
  const last = images.shape[3] === 1 || images.shape[3] === 3;
  const order = last ? "channels last" : "channels first";
  const batch = imagesFrom(images, order, images.dtype === "U8", `${file}, images`, standard);
  const labels = labelsFrom(of(labelNames, "labels"), batch.shape[0], classes, `${file}, labels`);
  return { images: batch, ...labels, files: numbered(batch.shape[0]) };
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);

// ImageNet and its subsets from folders {train,val}/<wnid>/*.JPEG: a folder of all of ImageNet serves for its
// subsets too.

import { readdir } from "node:fs/promises";
import path from "node:path";
import { checkClassList } from "./checkClassList";
import { type ClassListName, classList, classTitle, readClassList } from "./classLists";
import { classSlug, DatasetError, type LoadOptions } from "./dataset";
import { few } from "./few";
import { countsLike, type ImageCounts } from "./imageCounts";
import type { ListedDataset } from "./imageList";
import { listParquet, type ParquetLists } from "./parquetDataset";
import { findParquet } from "./parquetShards";
import { type ClassFiles, type Decode, pictureList, picturesIn } from "./pictureFiles";
import { squarePixels } from "./squarePixels";

/** What the folders of a split may be called: by torchvision and fastai, by others. */
const splitNames = { train: ["train"], test: ["val", "validation", "test"] } as const;

/** Class folders that were found, in label order. */
interface FoundClasses {
  readonly wnids: readonly string[];
  readonly train: readonly ClassFiles[];
  readonly test: readonly ClassFiles[];
}

/**
 * Lists the images of ImageNet or a subset, read at `options.size`.
 * @param folder the folder that holds `train` and `val`
 * @throws DatasetError for missing class folders, counts that are neither ImageNet's nor fastai's, a wrong
 *   class list
 */
export async function listImageNet(
  name: ClassListName,
  folder: string,
  { size = 224, cut, classList: file, anyCounts = false }: LoadOptions,
): Promise<ListedDataset> {
  const wnids = await wantedClasses(name, file);
  const decode: Decode = (bytes, path) => squarePixels(bytes, path, size, cut);
  const shards = await findParquet(folder);
  const { train, test, counts } = shards
    ? await listParquet(shards, wnids, decode)
    : listFolders(await findClasses(name, folder, wnids), decode);
  const { like, faults } = countsLike(wnids, counts, wnids.length === classList(name).length ? name : null);
  if (!like && !anyCounts)
    throw new DatasetError(
      `${folder}: expected as many images in each class as ImageNet or fastai's second version has, or the same ` +
        `number in all; found ${faults.length} that differ: ${faults.slice(0, 5).join("; ")}` +
        `${faults.length > 5 ? "; ..." : ""}. Unpack it again, or pass anyCounts to take it as it is.`,
    );
  return {
    // Another choice of classes is another dataset: checkpoints and splits go by the name.
    name: file === undefined ? name : `${name}-${classSlug(path.parse(file).name)}`,
    classes: wnids,
    titles: wnids.map(classTitle),
    shape: [size, size, 3],
    train,
    test,
    source: `${folder} (${like ? `counts as ${like === "miniature" ? "a miniature" : like}` : "counts of its own"})`,
  };
}

function listFolders(
  found: FoundClasses,
  decode: Decode,
): Omit<ParquetLists, "counts"> & { counts: ImageCounts } {
  const list = (classes: readonly ClassFiles[]) =>
    pictureList(
      classes.map((one) => [one]),
      decode,
    );
  return { train: list(found.train), test: list(found.test), counts: countsOf(found) };
}

/** Pictures by class. */
function countsOf({ train, test }: FoundClasses): ImageCounts {
  const of = (classes: readonly ClassFiles[]) => classes.map(({ names }) => names.length);
  return { train: of(train), test: of(test) };
}

/**
 * The class folders of both splits.
 * @throws DatasetError if a split, a class or all pictures of a class are missing
 */
async function findClasses(name: string, folder: string, wnids: readonly string[]): Promise<FoundClasses> {
  const inSplit = async (split: keyof typeof splitNames): Promise<ClassFiles[]> => {
    const where = await splitFolder(name, folder, split);
    const classes = await Promise.all(wnids.map((wnid) => picturesIn(path.join(where, wnid))));
    const missing = wnids.filter((_, i) => !classes[i]);
    if (missing.length > 0) throw new DatasetError(await withoutClasses(name, where, wnids, missing));
    const empty = wnids.filter((_, i) => classes[i]!.names.length === 0);
    if (empty.length > 0)
      throw new DatasetError(
        `${where}: expected .JPEG files in each class folder, found none in ${few(empty)}. Unpack them again.`,
      );
    return classes as ClassFiles[];
  };
  return { wnids, train: await inSplit("train"), test: await inSplit("test") };
}

async function splitFolder(name: string, folder: string, split: keyof typeof splitNames): Promise<string> {
  const names = await readdir(folder).catch((error: Error) => {
    throw new DatasetError(
      `${name}: expected a folder with train/<wnid>/*.JPEG and val/<wnid>/*.JPEG at ${folder}, found none ` +
        `(${error.message}). data/${name}/README.md says where to get it.`,
      { cause: error },
    );
  });
  const found = splitNames[split].find((one) => names.includes(one));
  if (found) return path.join(folder, found);
  throw new DatasetError(
    `${folder}: expected a folder ${splitNames[split].join(" or ")} with one folder for each class, found ` +
      `${few(names)}. Name the folder that holds train and val.`,
  );
}

async function withoutClasses(
  name: string,
  where: string,
  wnids: readonly string[],
  missing: readonly string[],
): Promise<string> {
  const entries = (await readdir(where, { withFileTypes: true })).filter(
    (entry) => !entry.name.startsWith("."),
  );
  const flat = entries.length > 0 && entries.every((entry) => entry.isFile());
  return (
    `${where}: expected a folder for each of the ${wnids.length} classes of ${name}, found no ${few(missing)}. ` +
    (flat
      ? `It holds ${entries.length} files without class folders: sort them into folders by the validation ` +
        "ground truth of ImageNet's development kit."
      : "Unpack these classes there, or choose the dataset that the folder has (igds datasets check).")
  );
}

/** The classes to read: the published list, or the one that the file names. */
async function wantedClasses(name: ClassListName, file: string | undefined): Promise<readonly string[]> {
  if (file === undefined) return classList(name).map(({ wnid }) => wnid);
  const { wnids, faults } = await readListFor(name, file);
  if (faults.length > 0)
    throw new DatasetError(
      `${file}: not a class list of ${name}: ${faults.join("; ")}. Leave it out to use the published list` +
        (name === "imagenet-1k" ? "." : ', or read any list of classes as "imagenet-1k".'),
    );
  return wnids;
}

/**
 * A file's list of classes, and why it is none of a dataset; of the whole of ImageNet any part may be asked
 * for.
 */
export async function readListFor(
  name: ClassListName,
  file: string,
): Promise<{ wnids: readonly string[]; faults: readonly string[] }> {
  const wnids = await readClassList(file);
  if (name !== "imagenet-1k") return { wnids, faults: (await checkClassList(wnids, name)).faults };
  const { faults, duplicates, unknown } = await checkClassList(wnids);
  return { wnids, faults: duplicates.length + unknown.length > 0 ? faults : [] };
}

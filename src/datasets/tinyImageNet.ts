// Tiny ImageNet (Stanford CS231n 2015): 200 classes, 500 + 50 colour images of 64 x 64 in each, in a layout
// of its own: wnids.txt, words.txt, train/<wnid>/images/*.JPEG, val/images/*.JPEG with
// val/val_annotations.txt. Copies whose val was sorted into val/<wnid>/*.JPEG, as torchvision's ImageFolder
// wants it, are read as well.
//
// Labels follow the sorted ids, as with ImageFolder in the evaluators that are used on it (SRe2L, RDED, D4M,
// D3HR), so that numbered folders and teachers agree; wnids.txt is in another order.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { readTextIfThere } from "../tensor/textFile";
import { isWnid, readClassList } from "./classLists";
import { DatasetError, type LoadOptions } from "./dataset";
import { few } from "./few";
import { equal, type ImageCounts } from "./imageCounts";
import type { ListedDataset } from "./imageList";
import { listParquet, parquetClasses } from "./parquetDataset";
import { findParquet, type ParquetFiles } from "./parquetShards";
import { type ClassFiles, type Decode, pictureList, picturesIn } from "./pictureFiles";
import { squarePixels } from "./squarePixels";

const TITLE = "Tiny ImageNet";
const CLASSES = 200;
const TRAIN = 500;
const TEST = 50;

/** The files of Tiny ImageNet in label order, and whether all are there. */
interface TinyImageNetFiles {
  readonly wnids: readonly string[];
  readonly train: readonly ClassFiles[];
  readonly test: readonly ClassFiles[];
  /** False: the classes have other numbers of images than 500 and 50, but all the same. */
  readonly whole: boolean;
}

/**
 * Lists the images of Tiny ImageNet, read at `options.size`, 64 unless told.
 * @throws DatasetError if the layout is another, an annotation names an unknown class or file, or counts
 *   differ
 */
export async function listTinyImageNet(folder: string, options: LoadOptions): Promise<ListedDataset> {
  const { size = 64, cut, anyCounts = false } = options;
  const decode: Decode = (bytes, file) => squarePixels(bytes, file, size, cut);
  const shards = await findParquet(folder);
  if (shards) return listShards(folder, shards, size, decode, anyCounts);
  const { wnids, train, test, whole } = await findTinyImageNet(folder, anyCounts);
  const list = (classes: readonly ClassFiles[]) =>
    pictureList(
      classes.map((one) => [one]),
      decode,
    );
  const titles = await titlesOf(folder, wnids);
  return {
    name: "tiny-imagenet",
    classes: wnids,
    ...(titles ? { titles } : {}),
    shape: [size, size, 3],
    train: list(train),
    test: list(test),
    source: sourceOf(folder, whole),
  };
}

/** As the Hugging Face hub has it (zh-plus/tiny-imagenet): its class names are the WordNet ids. */
async function listShards(
  folder: string,
  shards: ParquetFiles,
  size: number,
  decode: Decode,
  anyCounts: boolean,
): Promise<ListedDataset> {
  const wnids = (await parquetClasses(shards)).sort();
  const strange = wnids.filter((id) => !isWnid(id));
  if (strange.length > 0)
    throw new DatasetError(`${folder}: expected WordNet ids as names of the classes, found ${few(strange)}`);
  const { train, test, counts } = await listParquet(shards, wnids, decode);
  const whole = checkCounts(folder, wnids, counts, anyCounts);
  return {
    name: "tiny-imagenet",
    classes: wnids,
    shape: [size, size, 3],
    train,
    test,
    source: sourceOf(folder, whole),
  };
}

const sourceOf = (folder: string, whole: boolean) => (whole ? folder : `${folder} (counts of its own)`);

/** Finds the files. @throws as `listTinyImageNet` */
async function findTinyImageNet(folder: string, anyCounts = false): Promise<TinyImageNetFiles> {
  const wnids = await readWnids(folder);
  const train = await Promise.all(wnids.map((wnid) => trainingFiles(folder, wnid)));
  const missing = wnids.filter((_, i) => !train[i]);
  if (missing.length > 0)
    throw new DatasetError(
      `${path.join(folder, "train")}: expected a folder <wnid>/images for each class of wnids.txt, found none for ` +
        `${few(missing)}. Unpack tiny-imagenet-200.zip again.`,
    );
  const test = await validationFiles(folder, wnids);
  const of = (classes: readonly ClassFiles[]) => classes.map(({ names }) => names.length);
  const whole = checkCounts(folder, wnids, { train: of(train as ClassFiles[]), test: of(test) }, anyCounts);
  return { wnids, train: train as ClassFiles[], test, whole };
}

async function readWnids(folder: string): Promise<string[]> {
  const file = path.join(folder, "wnids.txt");
  const wnids = await readClassList(file).catch((error: Error) => {
    throw new DatasetError(
      `${TITLE}: expected its own layout (wnids.txt, train/<wnid>/images, val) at ${folder}: ${error.message}. ` +
        "Unpack tiny-imagenet-200.zip (data/tiny-imagenet/README.md), or name the folder that holds wnids.txt.",
      { cause: error },
    );
  });
  const strange = wnids.filter((id) => !isWnid(id));
  if (strange.length > 0 || new Set(wnids).size !== wnids.length)
    throw new DatasetError(
      `${file}: expected different WordNet ids, one in a line, found ` +
        (strange.length > 0 ? few(strange.map((id) => JSON.stringify(id))) : "some twice"),
    );
  return wnids.sort();
}

const trainingFiles = async (folder: string, wnid: string): Promise<ClassFiles | null> =>
  (await picturesIn(path.join(folder, "train", wnid, "images"))) ??
  (await picturesIn(path.join(folder, "train", wnid)));

/**
 * By val_annotations.txt, a line for each file: name, class and a box; or by folder, where somebody has
 * sorted them.
 */
async function validationFiles(folder: string, wnids: readonly string[]): Promise<ClassFiles[]> {
  const images = path.join(folder, "val", "images");
  const flat = await picturesIn(images);
  if (!flat || flat.names.length === 0) return sortedValidation(folder, wnids);
  const file = path.join(folder, "val", "val_annotations.txt");
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new DatasetError(
      `${file}: expected the classes of val/images, found no such file (${error.message})`,
      {
        cause: error,
      },
    );
  });
  const names = new Map(wnids.map((wnid) => [wnid, [] as string[]]));
  const there = new Set(flat.names);
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === "") return;
    const [name = "", wnid = ""] = line.split(/\s+/);
    const list = names.get(wnid);
    const at = `${file}, line ${i + 1}`;
    if (!list)
      throw new DatasetError(
        `${at}: expected a class of wnids.txt, found ${JSON.stringify(wnid)} for ${name}`,
      );
    if (!there.delete(name))
      throw new DatasetError(
        `${at}: expected a file of val/images named once, found ${JSON.stringify(name)}`,
      );
    list.push(name);
  });
  if (there.size > 0)
    throw new DatasetError(
      `${file}: expected a line for each file of val/images, found none for ${few([...there])}`,
    );
  return wnids.map((wnid) => ({ folder: images, names: names.get(wnid)!.sort((a, b) => (a < b ? -1 : 1)) }));
}

async function sortedValidation(folder: string, wnids: readonly string[]): Promise<ClassFiles[]> {
  const classes = await Promise.all(
    wnids.map(async (wnid) => {
      const inside = await picturesIn(path.join(folder, "val", wnid, "images"));
      return inside ?? picturesIn(path.join(folder, "val", wnid));
    }),
  );
  const missing = wnids.filter((_, i) => !classes[i]);
  if (missing.length > 0)
    throw new DatasetError(
      `${path.join(folder, "val")}: expected val/images with val_annotations.txt, or a folder for each class, found ` +
        `neither for ${few(missing)}`,
    );
  return classes as ClassFiles[];
}

/**
 * Whether these are the counts of the whole; if not, what is wrong, null where all classes have the same
 * number.
 */
export function tinyCounts(
  wnids: readonly string[],
  counts: ImageCounts,
): { whole: boolean; fault: string | null } {
  let whole = wnids.length === CLASSES;
  for (const [split, right] of [
    ["train", TRAIN],
    ["test", TEST],
  ] as const) {
    const wrong = counts[split].findIndex((count) => count !== right);
    whole &&= wrong < 0;
    if (wrong >= 0 && !equal(counts[split]))
      return {
        whole,
        fault:
          `expected ${right} ${split} images of each class, or the same number of all, found ` +
          `${counts[split][wrong]} of ${wnids[wrong]}`,
      };
  }
  return { whole, fault: null };
}

function checkCounts(
  folder: string,
  wnids: readonly string[],
  counts: ImageCounts,
  anyCounts: boolean,
): boolean {
  const { whole, fault } = tinyCounts(wnids, counts);
  const empty = wnids.find((_, i) => counts.train[i] === 0 || counts.test[i] === 0);
  if (fault !== null && (!anyCounts || empty !== undefined))
    throw new DatasetError(`${folder}: ${fault}. Unpack tiny-imagenet-200.zip again.`);
  return whole;
}

/** Names from words.txt, the first of each class; null where that file is missing. */
async function titlesOf(folder: string, wnids: readonly string[]): Promise<string[] | null> {
  const text = await readTextIfThere(path.join(folder, "words.txt"));
  if (text === null) return null;
  const names = new Map(text.split(/\r?\n/).map((line) => line.split("\t") as [string, string | undefined]));
  return wnids.map((wnid) => names.get(wnid)?.split(",")[0]?.trim() ?? wnid);
}

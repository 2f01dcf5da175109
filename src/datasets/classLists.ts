// The classes of ImageNet-1K and of its subsets, by WordNet id. The order is that of the labels, and it
// matters: the ten classes of ImageNet-10 are the first ten of ImageNet-100 as IDC wrote that list, which is
// not sorted.
//
// The lists are kept in data/NAME/classes.txt, one "wnid name" in a line, as facts from: fastai/imagenette
// (ImageNette, ImageWoof), misc/class100.txt of snu-mllab/Efficient-Dataset-Condensation (IDC, commit
// ceac95a), equal to imagenet100.txt of HobbitLong/CMC (7b227be) and to misc/class100.txt of
// vimar-gu/MinimaxDiffusion (969fc6f), whose class_indices.txt and class_names.txt give the thousand; the
// orders of ImageNette and ImageWoof are those of Minimax's lists.

import { readFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { shippedFolder } from "./dataFolder";
import { DatasetError } from "./dataset";

/** One class of ImageNet. */
export interface ImageNetClass {
  /** Its WordNet id, such as "n02869837". */
  readonly wnid: string;
  /** The first of its names, such as "bonnet". */
  readonly name: string;
}

/** The lists that the library knows. */
export const classListNames = [
  "imagenet-1k",
  "imagenet-100",
  "imagenet-10",
  "imagenette",
  "imagewoof",
] as const;

/** The name of a known list: "imagenet-1k", "imagenet-100", "imagenet-10", "imagenette" or "imagewoof". */
export type ClassListName = (typeof classListNames)[number];

const wnid = /^n\d{8}$/;
const known = new Map<ClassListName, readonly ImageNetClass[]>();

/**
 * A known list, in label order.
 * @example igds.datasets.classList("imagenet-10")[0]; // { wnid: "n02869837", name: "bonnet" }
 */
export function classList(name: ClassListName): readonly ImageNetClass[] {
  let list = known.get(name);
  if (!list) {
    const lines = readFileSync(path.join(shippedFolder(name), "classes.txt"), "utf8")
      .trim()
      .split("\n");
    list = lines.map((line) => ({ wnid: line.slice(0, 9), name: line.slice(10) }));
    known.set(name, list);
  }
  return list;
}

/** Whether a text is a WordNet id of a noun, as the folders of ImageNet are named. */
export const isWnid = (text: string): boolean => wnid.test(text);

/** The name of a class of ImageNet-1K, or its id where it is none. */
export function classTitle(id: string): string {
  titles ??= new Map(classList("imagenet-1k").map((one) => [one.wnid, one.name]));
  return titles.get(id) ?? id;
}

let titles: Map<string, string> | undefined;

/**
 * Reads a list of classes: of a file each line, of which the WordNet id alone counts where it begins with one
 * (empty lines, and a # with what follows it, are passed over), of a folder the names of the folders in it, or
 * in its `train`, in sorted order as file systems and torchvision have it.
 * @throws DatasetError if there is no such file or folder, or nothing that looks like a class in it
 */
export async function readClassList(source: string): Promise<string[]> {
  const found = await stat(source).catch((error: Error) => {
    throw new DatasetError(
      `${source}: expected a file with one class in a line, or a folder of class folders (${error.message})`,
      { cause: error },
    );
  });
  const list = found.isDirectory() ? await foldersIn(source) : linesOf(await readFile(source, "utf8"));
  if (list.length === 0)
    throw new DatasetError(
      `${source}: expected ${found.isDirectory() ? "folders named by class" : "one class in a line"}, found none`,
    );
  return list;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.some(({ name }) => name === "train")) return foldersIn(path.join(folder, "train"));
  return entries
    .filter((entry) => !entry.isFile() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*/, "").trim())
    .filter((line) => line !== "")
    .map((line) => {
      const first = line.split(/\s/, 1)[0]!;
      return isWnid(first) ? first : line;
    });
}

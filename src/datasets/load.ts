// The datasets by name.

import { readdir } from "node:fs/promises";
import path from "node:path";
import { findCifar10, findCifar100, loadCifar10, loadCifar100 } from "./cifar";
import type { ClassListName } from "./classLists";
import { dataFolder } from "./dataFolder";
import { type Dataset, DatasetError, type LoadOptions } from "./dataset";
import { findFashionMnist, loadFashionMnist } from "./fashionMnist";
import { listFolder } from "./folderDataset";
import { idxFiles, loadMnist } from "./idxFolder";
import { type ImageList, type ListedDataset, listsOf, loadLists } from "./imageList";
import { listImageNet } from "./imagenetFolder";
import { listTinyImageNet } from "./tinyImageNet";

const byHand = (name: string) =>
  `Only if you need it: put its files into data/${name}, or name the folder that has them (data/README.md).`;

interface Entry {
  /** Into memory, for datasets that are read whole; the others are listed. */
  readonly load?: (options: LoadOptions) => Promise<Dataset>;
  readonly list?: (folder: string, options: LoadOptions) => Promise<ListedDataset>;
  readonly find: () => Promise<string | null>;
  /** What to do where it is not on this machine. */
  readonly remedy: string;
}

/** A dataset of pictures in data/NAME, or in another folder that has them. */
const pictures = (name: string, list: NonNullable<Entry["list"]>, others: readonly string[] = []): Entry => ({
  list: async (folder, options) => toldByCut(await list(folder, options), options.cut),
  find: () => firstFilled([name, ...others]),
  remedy: byHand(name),
});

/** The same files cut in another way are other images, which what is kept of them must tell apart. */
function toldByCut(listed: ListedDataset, cut: LoadOptions["cut"] = "evaluator"): ListedDataset {
  if (cut === "evaluator") return listed;
  const told = (list: ImageList): ImageList => ({
    ...list,
    identify: async () => `${await list.identify()} ${cut}`,
  });
  return { ...listed, train: told(listed.train), test: told(listed.test) };
}

const imagenet = (name: ClassListName): Entry =>
  pictures(
    name,
    (folder, options) => listImageNet(name, folder, options),
    // One copy of ImageNet serves for its subsets.
    name === "imagenet-1k" ? [] : ["imagenet-1k"],
  );

const registry: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  [
    "fashion-mnist",
    {
      load: loadFashionMnist,
      find: findFashionMnist,
      remedy: "It is fetched when it is first used; or put its files into data/ (see its README there).",
    },
  ],
  ["cifar-10", { load: loadCifar10, find: findCifar10, remedy: byHand("cifar-10") }],
  ["cifar-100", { load: loadCifar100, find: findCifar100, remedy: byHand("cifar-100") }],
  ["mnist", { load: loadMnist, find: findMnist, remedy: byHand("mnist") }],
  ["tiny-imagenet", pictures("tiny-imagenet", listTinyImageNet)],
  ["imagenette", imagenet("imagenette")],
  ["imagewoof", imagenet("imagewoof")],
  ["imagenet-10", imagenet("imagenet-10")],
  ["imagenet-100", imagenet("imagenet-100")],
  ["imagenet-1k", imagenet("imagenet-1k")],
  [
    "image-folder",
    {
      list: (folder, { size = 224 }) => listFolder(folder, { size }),
      find: async () => null,
      remedy:
        "Your own pictures: name the folder, FOLDER/<class>/*.jpg or FOLDER/{train,test}/<class>/*.jpg.",
    },
  ],
]);

/** Other names for the same task. */
const aliases: ReadonlyMap<string, string> = new Map([["image-idc", "imagenet-10"]]);

/** Loaded datasets are shared: a notebook that loads twice holds the bytes once. */
const loaded = new Map<string, Promise<Dataset>>();

/** The name of the task, where others call it otherwise; any other name as it is. */
export function canonicalName(name: string): string {
  return aliases.get(name) ?? name;
}

/** The names that `loadDataset` knows. */
export function datasetNames(): string[] {
  return [...registry.keys()];
}

/**
 * Loads a dataset into memory, fetching Fashion-MNIST where it is not on this machine. The same name and
 * options give the same object again.
 *
 * @param name fashion-mnist, cifar-10, cifar-100, mnist, tiny-imagenet, imagenette, imagewoof, imagenet-10 (also
 *   image-idc), imagenet-100, imagenet-1k, or image-folder for pictures of your own in `options.folder`
 * @throws DatasetError for an unknown name, if no source gives the dataset, or if it does not fit into memory
 * @example const { classes, train } = await igds.loadDataset("fashion-mnist");
 */
export function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  // By name: what else the options have, such as the models that it is opened with, makes no other dataset.
  const { folder, size, cut, classList, anyCounts } = options;
  const key = JSON.stringify([canonicalName(name), { folder, size, cut, classList, anyCounts }]);
  let dataset = loaded.get(key);
  if (!dataset) {
    dataset = load(name, options);
    loaded.set(key, dataset);
    dataset.catch(() => loaded.delete(key)); // the next call tries again
  }
  return dataset;
}

/**
 * Finds the images of a dataset and checks names and counts, but reads none: for `streamBatches`, where the
 * whole does not fit into memory.
 *
 * @param name as of `loadDataset`; those of small images, such as fashion-mnist, are in memory all the same
 * @throws DatasetError as `loadDataset`, except for damaged images, which are found when they are read
 * @example
 * const pictures = await igds.datasets.listDataset("image-folder", { folder: "my-pictures", size: 28 });
 * pictures.train.count; // how many there are to train on
 */
export async function listDataset(name: string, options: LoadOptions = {}): Promise<ListedDataset> {
  const entry = entryOf(name);
  if (!entry.list) return listsOf(await loadDataset(name, options));
  const { size } = options;
  if (size !== undefined && (!Number.isInteger(size) || size < 1))
    throw new DatasetError(`${name}: expected size as a whole number of pixels, found ${size}.`);
  const folder = options.folder ?? (await entry.find());
  if (folder === null)
    throw new DatasetError(
      `${name}: expected a folder that holds it, found none on this machine. ${entry.remedy}`,
    );
  return entry.list(path.resolve(folder), options);
}

/**
 * The folder on this machine that holds the files of a dataset, or null if `loadDataset` would fetch them.
 * @throws DatasetError for an unknown name.
 */
export async function findDataset(name: string): Promise<string | null> {
  return entryOf(name).find();
}

/** What to do where `findDataset` finds nothing. @throws DatasetError for an unknown name. */
export function datasetRemedy(name: string): string {
  return entryOf(name).remedy;
}

async function load(name: string, options: LoadOptions): Promise<Dataset> {
  const entry = entryOf(name);
  if (!entry.load) return loadLists(await listDataset(name, options), options.onProgress);
  const dataset = await entry.load(options);
  if (options.size !== undefined && options.size !== dataset.shape[0])
    throw new DatasetError(
      `${name} has images of ${dataset.shape[0]} x ${dataset.shape[1]}, which are not scaled; found size ${options.size}`,
    );
  return dataset;
}

/** The first of some folders in data/ that holds more than what this project keeps there. */
async function firstFilled(names: readonly string[]): Promise<string | null> {
  for (const folder of names.map(dataFolder)) {
    const files = await readdir(folder).catch(() => []);
    if (files.some((file) => file !== "README.md" && file !== "classes.txt")) return folder;
  }
  return null;
}

async function findMnist(): Promise<string | null> {
  const folder = dataFolder("mnist");
  return idxFiles(folder).then(
    () => folder,
    () => null,
  );
}

function entryOf(name: string): Entry {
  const entry = registry.get(canonicalName(name));
  if (!entry) throw unknown(name);
  return entry;
}

function unknown(name: string): DatasetError {
  return new DatasetError(
    `Unknown dataset ${JSON.stringify(name)}: expected one of ${datasetNames().join(", ")}`,
  );
}

// The datasets by name.

import { findCifar10, findCifar100, loadCifar10, loadCifar100 } from "./cifar";
import { type Dataset, DatasetError, type LoadOptions } from "./dataset";
import { findFashionMnist, loadFashionMnist } from "./fashionMnist";

const byHand = (name: string) => `Only if you need it: unpack its files into data/${name} (data/README.md).`;

interface Entry {
  readonly load: (options: LoadOptions) => Promise<Dataset>;
  readonly find: () => Promise<string | null>;
  /** What to do where it is not on this machine. */
  readonly remedy: string;
}

const registry: ReadonlyMap<string, Entry> = new Map([
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
]);

/** Loaded datasets are shared: a notebook that loads twice holds the bytes once. */
const loaded = new Map<string, Promise<Dataset>>();

/** The names that `loadDataset` knows. */
export function datasetNames(): string[] {
  return [...registry.keys()];
}

/**
 * Loads a dataset into memory, fetching it where it is not on this machine. The same name and folder give the
 * same object again.
 * @throws DatasetError for an unknown name, or if no source gives the dataset.
 * @example const { classes, train } = await loadDataset("fashion-mnist");
 */
export function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  const entry = registry.get(name);
  if (!entry) return Promise.reject(unknown(name));
  const key = JSON.stringify([name, options.folder ?? null]);
  let dataset = loaded.get(key);
  if (!dataset) {
    dataset = entry.load(options);
    loaded.set(key, dataset);
    dataset.catch(() => loaded.delete(key)); // the next call tries again
  }
  return dataset;
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

function entryOf(name: string): Entry {
  const entry = registry.get(name);
  if (!entry) throw unknown(name);
  return entry;
}

function unknown(name: string): DatasetError {
  return new DatasetError(
    `Unknown dataset ${JSON.stringify(name)}: expected one of ${datasetNames().join(", ")}`,
  );
}

// Parquet shards as a dataset: the labels of the file are matched with the classes that are wanted, by name,
// as shards of all of ImageNet serve for its subsets and some copies have another order.

import { type ClassListName, classList, classListNames, classTitle, isWnid } from "./classLists";
import { DatasetError, newLabels } from "./dataset";
import { few } from "./few";
import type { ImageList } from "./imageList";
import { blockOf, openParquet, type ParquetFiles, type ParquetSplit } from "./parquetShards";
import type { Decode } from "./pictureFiles";

/** Both splits of a folder of shards, only rows of the wanted classes. */
export interface ParquetLists {
  readonly train: ImageList;
  readonly test: ImageList;
  /** Rows of each class, in label order. */
  readonly counts: { readonly train: number[]; readonly test: number[] };
}

/**
 * Lists the rows of the wanted classes.
 * @param wnids the classes, in label order
 * @throws DatasetError if a class has no label or no row
 */
export async function listParquet(
  files: ParquetFiles,
  wnids: readonly string[],
  decode: Decode,
): Promise<ParquetLists> {
  const [train, test] = [await openParquet(files.train), await openParquet(files.test)];
  const [trainList, testList] = [
    listOf(files.train[0]!, train, wnids, decode),
    listOf(files.test[0]!, test, wnids, decode),
  ];
  return {
    train: trainList.list,
    test: testList.list,
    counts: { train: trainList.counts, test: testList.counts },
  };
}

/**
 * The classes of shards by the names in them, or numbers where there are no names; for datasets without a
 * known list.
 */
export async function parquetClasses(files: ParquetFiles): Promise<string[]> {
  const { names, labels } = await openParquet(files.train);
  return names
    ? [...names]
    : Array.from({ length: labels.reduce((a, b) => Math.max(a, b), 0) + 1 }, (_, i) => String(i));
}

function listOf(
  file: string,
  split: ParquetSplit,
  classes: readonly string[],
  decode: Decode,
): { list: ImageList; counts: number[] } {
  const classOf = matchLabels(file, split, classes);
  const rows = Int32Array.from({ length: split.count }, (_, i) => i).filter((row) => {
    const label = split.labels[row]!;
    if (label >= 0 && label < classOf.length) return classOf[label]! >= 0;
    throw new DatasetError(
      `${file} and its other shards: expected labels from 0 to ${classOf.length - 1}, found ${label} in row ${row}` +
        `${label === -1 ? ": this split has no labels" : ""}`,
    );
  });
  const labels = newLabels(rows.length, classes.length);
  const counts = new Array<number>(classes.length).fill(0);
  rows.forEach((row, i) => {
    labels[i] = classOf[split.labels[row]!]!;
    counts[labels[i]!]!++;
  });
  const none = classes.filter((_, i) => counts[i] === 0);
  if (none.length > 0)
    throw new DatasetError(
      `${file} and its other shards: expected rows of each class, found none of ${few(none)}`,
    );
  const { starts, together } = split.blocks;
  const first: number[] = [];
  rows.forEach((row, i) => {
    if (i === 0 || blockOf(starts, row) !== blockOf(starts, rows[i - 1]!)) first.push(i);
  });
  const list: ImageList = {
    count: rows.length,
    labels,
    blocks: { starts: Int32Array.from(first), together },
    async read(index) {
      const { bytes, name } = await split.picture(rows[index]!);
      return decode(bytes, name);
    },
    identify: async () => `${split.identify()} ${classes.join(" ")}`,
  };
  return { list, counts };
}

/** For each label of the file the wanted class, or -1. */
function matchLabels(file: string, { names, labels }: ParquetSplit, classes: readonly string[]): Int32Array {
  const place = new Map(classes.map((name, i) => [name, i]));
  const ids = names ? idsOf(names, classes) : null;
  const largest = labels.reduce((a, b) => Math.max(a, b), 0);
  if (!ids) {
    // Without names a label can only be the number of the class.
    if (largest >= classes.length)
      throw new DatasetError(
        `${file}: expected class names in its footer, or labels below ${classes.length}, found no names and ` +
          `label ${largest}`,
      );
    return Int32Array.from(classes, (_, i) => i);
  }
  const missing = classes.filter((id) => !ids.includes(id));
  if (missing.length > 0)
    throw new DatasetError(
      `${file}: expected the classes ${few(classes)}, found no ${few(missing.map((id) => `${id} (${classTitle(id)})`))} ` +
        `among its ${names!.length} classes (${few(names!)})`,
    );
  return Int32Array.from(ids, (id) => place.get(id) ?? -1);
}

/** What the wanted classes call the file's: WordNet ids where the file has ImageNet's English names. */
function idsOf(names: readonly string[], classes: readonly string[]): readonly string[] {
  if (!classes.every(isWnid) || names.every(isWnid)) return names;
  const first = names.map((name) => name.split(",")[0]!.trim());
  // A whole list in its own order tells even the two cranes and the two maillots apart.
  const list = classListNames.find((name) => namesAre(first, name));
  if (list) return classList(list).map(({ wnid }) => wnid);
  const byTitle = new Map<string, string>();
  for (const { wnid, name } of classList("imagenet-1k")) byTitle.set(name, byTitle.has(name) ? "" : wnid);
  return first.map((name) => byTitle.get(name) || name);
}

function namesAre(first: readonly string[], list: ClassListName): boolean {
  const wanted = classList(list);
  return wanted.length === first.length && wanted.every(({ name }, i) => name === first[i]);
}

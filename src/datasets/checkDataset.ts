// Whether a folder holds what a dataset's name says: layout, classes, counts and, if asked, every picture.

import path from "node:path";
import type { ProgressEvent } from "../tensor/progress";
import { checkClassList } from "./checkClassList";
import { type ClassListName, classListNames, isWnid, readClassList } from "./classLists";
import { DatasetError, indicesByClass } from "./dataset";
import { few } from "./few";
import { type CountsLike, countsLike, type ImageCounts } from "./imageCounts";
import type { ImageList, ListedDataset } from "./imageList";
import { readListFor } from "./imagenetFolder";
import { findDataset, listDataset } from "./load";
import { findParquet } from "./parquetShards";
import { tinyCounts } from "./tinyImageNet";

/** One thing that was looked at. */
export interface DatasetCheck {
  /** What was looked at: files and folders, names of the classes, numbers of images, or the pictures themselves. */
  readonly name: "layout" | "classes" | "counts" | "pictures";
  /** Whether it is as it should be. */
  readonly passed: boolean;
  /** What was found, in words. */
  readonly found: string;
}

/** What `checkDataset` found. */
export interface DatasetReport {
  /** Of the dataset. */
  readonly name: string;
  /** Where it was looked for. */
  readonly folder: string;
  /** Whether all checks have passed. */
  readonly passed: boolean;
  /** In the order in which they were made. */
  readonly checks: readonly DatasetCheck[];
  /** Of each class by its name; null if the layout is not that of the dataset. */
  readonly counts: Readonly<Record<string, { train: number; test: number }>> | null;
  /** Whose copy of ImageNet the counts are like; null for none, and for other datasets. */
  readonly like: CountsLike | null;
}

/** Options of `checkDataset`. */
export interface CheckOptions {
  /** Default: where the dataset was found on this machine. */
  readonly folder?: string;
  /** A file that names the classes in label order, for ImageNet. */
  readonly classList?: string;
  /** Decode every picture as well, which takes as long as loading. Default: false. */
  readonly pictures?: boolean;
  /** Told of every step forward. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/**
 * Looks at a dataset's folder without loading it, and goes on after a fault where that is possible.
 *
 * @param name as of `loadDataset`; `image-folder` needs `options.folder`
 * @throws DatasetError for an unknown name, or if no folder is named and none was found
 * @example
 * const { passed, checks } = await igds.datasets.checkDataset("image-folder", { folder: "my-pictures" });
 */
export async function checkDataset(name: string, options: CheckOptions = {}): Promise<DatasetReport> {
  const found = await findDataset(name);
  const folder = path.resolve(options.folder ?? found ?? fail(name));
  const checks: DatasetCheck[] = [];
  let counts: ImageCounts | null = null;
  let listed: ListedDataset | null = null;
  try {
    const { classList } = options;
    listed = await listDataset(name, { folder, anyCounts: true, ...(classList ? { classList } : {}) });
    const classes = listed.classes.length;
    const of = ({ labels }: ImageList) => indicesByClass(labels, classes).map(({ length }) => length);
    counts = { train: of(listed.train), test: of(listed.test) };
    checks.push({ name: "layout", passed: true, found: await layoutOf(folder, listed) });
  } catch (error) {
    if (!(error instanceof DatasetError)) throw error;
    checks.push({ name: "layout", passed: false, found: error.message });
  }
  const list = classListNames.find((one) => one === (name === "image-idc" ? "imagenet-10" : name)) ?? null;
  if (list) checks.push(await classCheck(folder, list, options.classList));
  let like: CountsLike | null = null;
  if (listed && counts) {
    const { check, like: copy } = countCheck(listed, counts, list);
    checks.push(check);
    like = copy;
    if (options.pictures) checks.push(await pictureCheck(listed, options.onProgress));
  }
  return {
    name,
    folder,
    passed: checks.every(({ passed }) => passed),
    checks,
    counts: listed && counts ? byClass(listed, counts) : null,
    like,
  };
}

async function layoutOf(folder: string, { classes, train, test, shape }: ListedDataset): Promise<string> {
  const parquet = (await findParquet(folder)) ? "Parquet shards, " : "";
  const size = shape.join(" x ");
  return `${parquet}${classes.length} classes, ${train.count} training and ${test.count} test images, read as ${size}`;
}

/** What the class list, or the class folders that are there, are by themselves. */
async function classCheck(
  folder: string,
  list: ClassListName,
  file: string | undefined,
): Promise<DatasetCheck> {
  const name = "classes";
  if (file !== undefined) {
    const { wnids, faults } = await readListFor(list, file);
    const right = `the ${wnids.length} classes of ${file}${list === "imagenet-1k" ? "" : `, the list of ${list}`}`;
    return { name, passed: faults.length === 0, found: faults.join("; ") || right };
  }
  if (await findParquet(folder).catch(() => null))
    return { name, passed: true, found: `the list of ${list}, matched with the names in the shards` };
  const ids = (await readClassList(folder).catch(() => [])).filter(isWnid);
  if (ids.length === 0) return { name, passed: false, found: "no folders named by WordNet id" };
  const report = await checkClassList([...ids].sort());
  const folders = `${ids.length} class folders${report.list ? `, those of ${report.list}` : ""}`;
  const missing = (await checkClassList([...ids].sort(), list)).faults.filter((fault) =>
    /missing/.test(fault),
  );
  if (missing.length > 0) return { name, passed: false, found: `${folders}: ${missing.join("; ")}` };
  if (report.list === list) return { name, passed: true, found: folders };
  const others = report.unknown.length > 0 ? `; unknown ones among them: ${few(report.unknown)}` : "";
  return { name, passed: true, found: `${folders}, of which the classes of ${list} are read${others}` };
}

function countCheck(
  { name, classes }: ListedDataset,
  counts: ImageCounts,
  list: ClassListName | null,
): { check: DatasetCheck; like: CountsLike | null } {
  const sums = `${sum(counts.train)} + ${sum(counts.test)} images`;
  const check = (faults: readonly string[], right: string): DatasetCheck => ({
    name: "counts",
    passed: faults.length === 0,
    found: faults.length > 0 ? `${sums}: ${faults.slice(0, 5).join("; ")}` : `${sums}${right}`,
  });
  if (list) {
    const { like, faults } = countsLike(classes, counts, name === list ? list : null);
    return { check: check(faults, like === "miniature" ? ", a miniature" : `, as ${like} has`), like };
  }
  if (name === "tiny-imagenet") {
    const { whole, fault } = tinyCounts(classes, counts);
    return { check: check(fault ? [fault] : [], whole ? ", the whole" : ", a miniature"), like: null };
  }
  const range = (of: readonly number[]) => [...new Set([Math.min(...of), Math.max(...of)])].join(" to ");
  return { check: check([], `, ${range(counts.train)} + ${range(counts.test)} in a class`), like: null };
}

/** Decodes everything; a damaged picture does not end it. */
async function pictureCheck(
  { name, train, test }: ListedDataset,
  onProgress: CheckOptions["onProgress"],
): Promise<DatasetCheck> {
  const damaged: string[] = [];
  const total = train.count + test.count;
  let done = 0;
  for (const list of [train, test])
    for (let first = 0; first < list.count; first += TOGETHER) {
      const part = Array.from({ length: Math.min(TOGETHER, list.count - first) }, (_, i) => first + i);
      const read = await Promise.allSettled(part.map((index) => list.read(index)));
      for (const one of read) if (one.status === "rejected") damaged.push((one.reason as Error).message);
      done += part.length;
      onProgress?.({ label: `${name} pictures`, done, total });
    }
  return {
    name: "pictures",
    passed: damaged.length === 0,
    found:
      damaged.length === 0 ? `${total} decoded` : `${damaged.length} of ${total} damaged: ${few(damaged)}`,
  };
}

/** Pictures decoded at once. */
const TOGETHER = 64;

function byClass({ classes }: ListedDataset, { train, test }: ImageCounts): DatasetReport["counts"] {
  return Object.fromEntries(classes.map((name, i) => [name, { train: train[i]!, test: test[i]! }]));
}

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

function fail(name: string): never {
  throw new DatasetError(
    `${name}: expected a folder to look at, found none in data/. Name it with --folder.`,
  );
}

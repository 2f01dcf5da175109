// CIFAR-10 and CIFAR-100 (Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"): 50,000 + 10,000
// colour images of 32 x 32, from the files of the "binary version" at https://www.cs.toronto.edu/~kriz/cifar.html.
// A record is the label, one byte (of CIFAR-100 two: the coarse and the fine one), then the red, the green and the blue
// plane, row by row.

import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { dataFolder } from "./dataFolder";
import { type Dataset, DatasetError, indicesByClass, type LoadOptions, type Split } from "./dataset";

const SIDE = 32;
const PLANE = SIDE * SIDE;
const CHANNELS = 3;

interface Kind {
  readonly name: string;
  readonly title: string;
  readonly classes: number;
  /** Bytes before the planes; the label is the last of them. */
  readonly labelBytes: number;
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** Class names, one per line, in label order. */
  readonly names: string;
  readonly archive: string;
  /** Of the archive, as its page gives it. */
  readonly md5: string;
}

const cifar10: Kind = {
  name: "cifar-10",
  title: "CIFAR-10",
  classes: 10,
  labelBytes: 1,
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ["test_batch.bin"],
  names: "batches.meta.txt",
  archive: "cifar-10-binary.tar.gz",
  md5: "c32a1d4ab5d03f1284b67883e8d87530",
};

const cifar100: Kind = {
  name: "cifar-100",
  title: "CIFAR-100",
  classes: 100,
  labelBytes: 2,
  train: ["train.bin"],
  test: ["test.bin"],
  names: "fine_label_names.txt",
  archive: "cifar-100-binary.tar.gz",
  md5: "03b5dce01913d631647c71ecec9e9cb8",
};

const TRAIN = 50_000;
const TEST = 10_000;

/**
 * Loads CIFAR-10 from a folder with the files of its binary version: `options.folder`, or data/cifar-10.
 * @throws DatasetError if there are none, with where to get them, or if they are not what they should be
 */
export const loadCifar10 = (options: LoadOptions = {}): Promise<Dataset> => load(cifar10, options);

/** As `loadCifar10`, with the 100 fine classes of CIFAR-100; folder data/cifar-100. */
export const loadCifar100 = (options: LoadOptions = {}): Promise<Dataset> => load(cifar100, options);

/** The folder in data/ that holds the dataset's files, or null. */
export const findCifar10 = (): Promise<string | null> => find(cifar10);
export const findCifar100 = (): Promise<string | null> => find(cifar100);

async function find(kind: Kind): Promise<string | null> {
  const folder = dataFolder(kind.name);
  try {
    await Promise.all(
      [...kind.train, ...kind.test, kind.names].map((file) => access(path.join(folder, file))),
    );
    return folder;
  } catch {
    return null;
  }
}

async function load(kind: Kind, options: LoadOptions): Promise<Dataset> {
  const folder = path.resolve(options.folder ?? dataFolder(kind.name));
  const read = (name: string): Promise<Buffer> =>
    readFile(path.join(folder, name)).catch((error: Error) => {
      throw new DatasetError(
        `${kind.title}: expected the files of its binary version in ${folder}, found no ${name} that can be read. ` +
          `Unpack ${kind.archive} of https://www.cs.toronto.edu/~kriz/cifar.html (MD5 ${kind.md5}) there, ` +
          "or name the folder that has them.",
        { cause: error },
      );
    });
  const classes = (await read(kind.names))
    .toString("utf8")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (classes.length !== kind.classes)
    throw new DatasetError(
      `${path.join(folder, kind.names)}: expected ${kind.classes} class names, one on each line, found ${classes.length}.`,
    );
  const split = async (files: readonly string[], count: number): Promise<Split> => {
    const images = new Uint8Array(count * PLANE * CHANNELS);
    const labels = new Uint8Array(count);
    const each = count / files.length;
    for (const [i, name] of files.entries())
      readRecords(await read(name), path.join(folder, name), kind, each, {
        images: images.subarray(i * each * PLANE * CHANNELS),
        labels: labels.subarray(i * each, (i + 1) * each),
      });
    checkCounts(labels, kind, folder, files);
    return { images, labels, count };
  };
  return {
    name: kind.name,
    classes,
    shape: [SIDE, SIDE, CHANNELS],
    train: await split(kind.train, TRAIN),
    test: await split(kind.test, TEST),
    source: folder,
  };
}

/** Planes become pixels. */
function readRecords(
  bytes: Uint8Array,
  file: string,
  { classes, labelBytes, archive }: Kind,
  count: number,
  into: { readonly images: Uint8Array; readonly labels: Uint8Array },
): void {
  const record = labelBytes + PLANE * CHANNELS;
  if (bytes.length !== count * record)
    throw new DatasetError(
      `${file}: expected ${count * record} bytes (${count} records of ${record}), found ${bytes.length}: ` +
        `it is cut short or another file. Unpack ${archive} again.`,
    );
  for (let i = 0; i < count; i++) {
    const start = i * record + labelBytes;
    const label = bytes[start - 1]!;
    if (label >= classes)
      throw new DatasetError(`${file}: expected labels below ${classes}, found ${label} in record ${i}.`);
    into.labels[i] = label;
    for (let pixel = 0; pixel < PLANE; pixel++)
      for (let channel = 0; channel < CHANNELS; channel++)
        into.images[(i * PLANE + pixel) * CHANNELS + channel] = bytes[start + channel * PLANE + pixel]!;
  }
}

/** Both splits have the same number of every class: anything else is another set under the same names. */
function checkCounts(labels: Uint8Array, { classes }: Kind, folder: string, files: readonly string[]): void {
  const counts = indicesByClass(labels, classes).map((places) => places.length);
  const wrong = counts.findIndex((count) => count !== labels.length / classes);
  if (wrong >= 0)
    throw new DatasetError(
      `${folder} (${files.join(", ")}): expected ${labels.length / classes} images of each class, ` +
        `found ${counts[wrong]} with label ${wrong}.`,
    );
}

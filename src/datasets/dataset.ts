// What a dataset is to the rest of the library: bytes in memory, labels, and the names of the classes.
import type { ProgressEvent } from "../tensor/progress";

/** Class indices; two bytes each where there are more than 256 classes. */
export type Labels = Uint8Array | Uint16Array;

/** Labelled images. */
export interface Split {
  /** NHWC, count * height * width * channels bytes; `gather` makes values in [-1, 1] of them. */
  readonly images: Uint8Array;
  /** Of latents, which no bytes hold: the values, in place of `images`, which are none. */
  readonly values?: Float32Array;
  /** Class index of each image. */
  readonly labels: Labels;
  /** Number of images. */
  readonly count: number;
}

/** A dataset with its train and test split. */
export interface Dataset {
  /** As `loadDataset` knows it, or that of the folder. */
  readonly name: string;
  /** Class names in label order; of ImageNet and its subsets the WordNet ids, which folders are named by. */
  readonly classes: readonly string[];
  /** What to call the classes, where `classes` are ids. */
  readonly titles?: readonly string[];
  /** Of one image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** What models are fitted on, and settings chosen on (`developmentSplit`). */
  readonly train: Split;
  /** For the final numbers alone. */
  readonly test: Split;
  /** Where the bytes came from. */
  readonly source: string;
}

/** Options of every dataset's loader. */
export interface LoadOptions {
  /** A folder that holds the dataset's files. If it is given, no other source is tried. */
  readonly folder?: string;
  /**
   * Height and width of the images, for datasets that have pictures of any size: the shorter side is scaled
   * to it, the rest of the longer one cut off evenly. Default: 64 for Tiny ImageNet, else 224.
   */
  readonly size?: number;
  /**
   * How pictures of any size become squares, for Tiny ImageNet and ImageNet: as the evaluators do it
   * (torchvision's Resize and CenterCrop), or as ADM and DiT do it before they encode. Default: "evaluator".
   */
  readonly cut?: "evaluator" | "adm";
  /** A file that names the classes in label order, for ImageNet. Default: the list of the dataset's name. */
  readonly classList?: string;
  /** Take ImageNet's folders with whatever number of images: an incomplete copy is an error otherwise. */
  readonly anyCounts?: boolean;
  /** Told of every step forward. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/**
 * No source gave the dataset, or what it gave is damaged. The message names every source and every remedy.
 */
export class DatasetError extends Error {
  override readonly name = "DatasetError";
}

/**
 * The folder name of a class: lower-case letters, digits and single hyphens ("T-shirt/top" -> "t-shirt-top").
 * @throws RangeError if nothing of the name is left.
 */
export function classSlug(className: string): string {
  const slug = className
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (slug === "") {
    throw new RangeError(
      `A class name needs at least one Latin letter or digit, found ${JSON.stringify(className)}`,
    );
  }
  return slug;
}

/**
 * The folder names of all classes, in label order.
 * @throws RangeError if two classes would share a folder.
 */
export function classSlugs(classes: readonly string[]): string[] {
  const slugs = classes.map(classSlug);
  const clash = slugs.findIndex((slug, index) => slugs.indexOf(slug) !== index);
  if (clash >= 0) {
    const names = classes
      .filter((_, index) => slugs[index] === slugs[clash])
      .map((name) => JSON.stringify(name));
    throw new RangeError(
      `Classes need different folder names; ${names.join(" and ")} both give "${slugs[clash]}"`,
    );
  }
  return slugs;
}

/**
 * Zeros for `count` labels below `classCount`.
 * @throws RangeError for more classes than two bytes can tell apart.
 */
export function newLabels(count: number, classCount: number): Labels {
  if (classCount > 65_536) {
    throw new RangeError(`A dataset may have at most 65536 classes, found ${classCount}`);
  }
  return classCount > 256 ? new Uint16Array(count) : new Uint8Array(count);
}

/** The images of each class: `result[label]` lists the places in the split, in order. */
export function indicesByClass(labels: ArrayLike<number>, classCount: number): Int32Array[] {
  const lists = Array.from({ length: classCount }, (): number[] => []);
  for (let i = 0; i < labels.length; i++) {
    const list = lists[labels[i]!];
    if (!list) throw new RangeError(`Labels must lie in 0 .. ${classCount - 1}; label ${i} is ${labels[i]}`);
    list.push(i);
  }
  return lists.map((list) => Int32Array.from(list));
}

// Writing sets so that others' code takes them.
import { isWnid } from "../datasets/classLists";
import { classSlugs } from "../datasets/dataset";
import { writeImages } from "../datasets/imageFolder";
import type { ImageBatch } from "../tensor/batch";
import { ExchangeError } from "./arrays";
import { columnsFrom, placesOf } from "./classOrder";
import { checkEmpty } from "./folders";
import { holdsTargets, type Layout, type Standard, torchFiles } from "./layouts";
import { checkNewNpz, writeNpz } from "./npz";
import { byteImages, labelArray, targetArray, torchImages } from "./setArrays";
import { writeTorch } from "./torchWriter";

/** How a set is written. */
export interface ExportOptions {
  /** Which form it takes. */
  readonly layout: Layout;
  /** Names of the classes in label order; of `wnid` their WordNet ids. */
  readonly classes: readonly string[];
  /**
   * The classes in the order that the written set is to count them in, the one with number 0 first, as `ImportOptions.order`
   * reads it back. Each of `classes` must be there once. Default: that of `classes`.
   */
  readonly order?: readonly string[];
  /** Of `torch`: standardise the values, which DD-Ranking's augmentation expects. Default: colours in [0, 1]. */
  readonly standard?: Standard;
}

/** A set to be written. */
export interface LabelledBatch {
  /** NHWC, values in [-1, 1]. */
  readonly images: ImageBatch;
  /** Class index of each image. */
  readonly labels: ArrayLike<number>;
  /**
   * Soft labels, N x classes, which `torch` and `npz` hold in place of `labels`. The other layouts cannot: there the
   * labels alone are written.
   */
  readonly targets?: Float32Array;
}

/**
 * Writes a set in a layout.
 *
 * @param set images [N, H, W, 1 or 3] in [-1, 1], rounded to bytes in every layout, and their labels, soft ones too
 * @param out the folder, or of `npz` the file, whose name ends in .npz
 * @param options the layout, and the names of all classes
 * @throws ExchangeError where there is something at `out`, or the classes do not fit the layout; RangeError where the
 *   labels do not fit them, or `standard` does not fit the channels
 * @example
 * await igds.exchange.exportSet(set, "for-rded", { layout: "numbered", classes: dataset.classes });
 * // for-rded/00000/0.png
 */
export async function exportSet(
  { images, labels, targets }: LabelledBatch,
  out: string,
  options: ExportOptions,
): Promise<void> {
  const { layout, classes, order } = options;
  const wrong = Array.from(labels).findIndex((label) => !(label >= 0 && label < classes.length));
  if (labels.length !== images.shape[0] || wrong >= 0)
    throw new RangeError(
      `exportSet: expected one label in 0 .. ${classes.length - 1} for each of ${images.shape[0]} images, found ` +
        (wrong >= 0 ? `${labels[wrong]} for image ${wrong}` : `${labels.length} labels`),
    );
  if (targets && targets.length !== labels.length * classes.length)
    throw new RangeError(
      `exportSet: expected soft labels as ${labels.length} x ${classes.length} shares, found ${targets.length} numbers`,
    );
  await (layout === "npz" ? checkNewNpz(out) : checkEmpty(out));
  const soft = targets && holdsTargets(layout) ? { targets } : {};
  if (!order) return write(out, { images, labels, ...soft }, options);
  const places = placesOf(order, classes);
  const renumbered = {
    images,
    labels: Int32Array.from(labels, (label) => places.indexOf(label)),
    ...(soft.targets ? { targets: columnsFrom(soft.targets, places) } : {}),
  };
  return write(out, renumbered, { ...options, classes: order });
}

async function write(
  out: string,
  { images, labels, targets }: LabelledBatch,
  { layout, classes, standard }: ExportOptions,
): Promise<void> {
  const told = () => (targets ? targetArray(targets, classes.length) : labelArray(labels));
  switch (layout) {
    case "igds":
      await writeImages(out, classes, images, labels);
      return;
    case "wnid":
      await writeImages(out, checkedWnids(classes), images, labels);
      return;
    case "numbered":
      await writeImages(
        out,
        classes.map((_, i) => `${i}`.padStart(5, "0")),
        images,
        labels,
      );
      return;
    case "torch": {
      const files = torchFiles(out);
      await writeTorch(files.images, torchImages(images, standard));
      await writeTorch(files.labels, told());
      return;
    }
    case "npz":
      await writeNpz(out, { images: byteImages(images), labels: told() });
  }
}

/** Peers' code looks for folders by WordNet id, in its own list of them. */
function checkedWnids(classes: readonly string[]): readonly string[] {
  const other = classes.find((name) => !isWnid(name));
  if (other !== undefined)
    throw new ExchangeError(
      `Layout wnid needs a WordNet id such as n01440764 for each class, found ${JSON.stringify(other)}. Give a class list ` +
        "with one id in a line, in label order.",
    );
  classSlugs(classes); // refuses an id that is there twice
  return classes;
}

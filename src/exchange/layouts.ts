// The forms that distilled sets are handed around in.
import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { isWnid } from "../datasets/classLists";
import { classSlug } from "../datasets/dataset";
import { few } from "../datasets/few";
import type { ImageBatch } from "../tensor/batch";
import { ExchangeError } from "./arrays";

/** All of them. */
export const layouts: readonly Layout[] = ["igds", "wnid", "numbered", "torch", "npz"];

/**
 * The name of a layout that sets are written in.
 *
 * - `igds`: `FOLDER/<class name>/<i>.png`, as this library writes
 * - `wnid`: `FOLDER/<WordNet id>/<i>.png`, of Minimax, IGD, MGD3
 * - `numbered`: `FOLDER/<class number>/<any name>`, of RDED, D4M, SRe2L
 * - `torch`: `FOLDER/images.pt` and `labels.pt`, of DD-Ranking
 * - `npz`: one file of NumPy with `images` and `labels`
 */
export type Layout = "igds" | "wnid" | "numbered" | "torch" | "npz";

/** Whether the classes stand in it by name; in the others they are numbers. */
export const hasNames = (layout: Layout): boolean => layout === "igds" || layout === "wnid";

/** Whether it can hold soft labels; pictures in folders have the class that they lie in. */
export const holdsTargets = (layout: Layout): boolean => layout === "torch" || layout === "npz";

/** A set that was read, with the names of its files or places. */
export interface ExchangedSet {
  /** NHWC, values in [-1, 1]. */
  readonly images: ImageBatch;
  /** Class index of each image. */
  readonly labels: Int32Array;
  /** Soft labels, where the set has some: N x classes. */
  readonly targets?: Float32Array;
  /** Where each image was found: its file, or its place in the file of all. */
  readonly files: readonly string[];
}

/** Means and deviations of colours that values have been standardised by: (x - mean) / deviation of x in [0, 1]. */
export interface Standard {
  /** One for each channel. */
  readonly mean: readonly number[];
  /** One for each channel, > 0. */
  readonly deviation: readonly number[];
}

/**
 * Which layout a set is in.
 * @param classes names of the classes, for `igds`
 * @throws ExchangeError if it is none of them, naming what was found
 */
export async function layoutOf(source: string, classes: readonly string[]): Promise<Layout> {
  const found = await statOf(source);
  if (!found.isDirectory()) {
    if (source.endsWith(".npz")) return "npz";
    throw new ExchangeError(
      `${source}: expected a folder or an .npz file; of a set in images.pt and labels.pt name the folder`,
    );
  }
  const entries = await readdir(source, { withFileTypes: true });
  if (entries.some(({ name }) => name === "images.pt")) return "torch";
  const folders = entries.filter((entry) => !entry.isFile() && !entry.name.startsWith("."));
  const names = folders.map(({ name }) => name);
  const slugs = new Set(classes.map(classSlug));
  // A set with a folder too many or too few is still one of ours; reading it says which.
  if (names.some((name) => slugs.has(name)) || names.length === 0) return "igds";
  if (names.every(isWnid)) return "wnid";
  if (names.every((name) => /^\d+$/.test(name))) return "numbered";
  throw new ExchangeError(
    `${source}: expected folders named by class (${few([...slugs])}), by WordNet id, or by number, or images.pt; found ` +
      `${few(names)}. These are the classes of the dataset that was asked for: name another with --dataset, or, where the classes ` +
      "have other names, give a class list and a layout.",
  );
}

/**
 * Checks that a set is of the kind that its layout is of: a folder, or of `npz` a file.
 * @throws ExchangeError if it is not there, or is another, such as a pipe that a reader would wait at for ever
 */
export async function checkKind(source: string, layout: Layout): Promise<void> {
  const found = await statOf(source);
  if (layout === "npz" ? !found.isFile() : !found.isDirectory())
    throw new ExchangeError(
      `${source}: expected ${layout === "npz" ? "a plain file" : "a folder"}, as layout ${layout} is.`,
    );
}

function statOf(source: string): Promise<Stats> {
  return stat(source).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "there is no such file or folder" : error.message;
    throw new ExchangeError(`${source}: cannot read the set: ${why}`, { cause: error });
  });
}

/** The files of layout `torch`. */
export const torchFiles = (folder: string) => ({
  images: path.join(folder, "images.pt"),
  labels: path.join(folder, "labels.pt"),
});

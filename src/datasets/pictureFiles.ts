// Pictures in folders as an image list. ImageNet has 1.3 million of them: their names are kept as bytes, 27
// MB, not as so many strings.

import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { DatasetError, newLabels } from "./dataset";
import type { ImageList } from "./imageList";

/** The pictures of one class. */
export interface ClassFiles {
  readonly folder: string;
  readonly names: readonly string[];
}

/** Decodes one file to the bytes of an image. */
export type Decode = (bytes: Uint8Array, file: string) => Promise<Uint8Array>;

/** Files whose sizes are asked for at once. */
const TOGETHER = 256;

const picture = /\.(jpe?g|png|webp)$/i;

/**
 * The pictures in a folder, by name in an order that is the same on every machine; null where there is no
 * such folder.
 */
export async function picturesIn(folder: string): Promise<ClassFiles | null> {
  try {
    const names = (await readdir(folder)).filter((name) => picture.test(name) && !name.startsWith("."));
    return { folder, names: names.sort((a, b) => (a < b ? -1 : 1)) };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw new DatasetError(`${folder}: cannot be read (${(error as Error).message})`, { cause: error });
  }
}

/** A list of the pictures of all classes, class after class; a class may lie in several folders. */
export function pictureList(classes: readonly (readonly ClassFiles[])[], decode: Decode): ImageList {
  const folders: string[] = [];
  const names: string[] = [];
  const counts = classes.map((parts) => parts.reduce((sum, part) => sum + part.names.length, 0));
  const count = counts.reduce((a, b) => a + b, 0);
  const folderOf = new Uint32Array(count);
  const labels = newLabels(count, classes.length);
  let next = 0;
  classes.forEach((parts, label) => {
    for (const part of parts) {
      const end = next + part.names.length;
      folderOf.fill(folders.push(part.folder) - 1, next, end);
      labels.fill(label, next, end);
      for (const name of part.names) names.push(name);
      next = end;
    }
  });
  const packed = pack(names);
  const fileOf = (index: number) => path.join(folders[folderOf[index]!]!, packed(index));
  return {
    count,
    labels,
    async read(index) {
      const file = fileOf(index);
      const bytes = await readFile(file).catch((error: Error) => {
        throw new DatasetError(`${file}: cannot be read (${error.message})`, { cause: error });
      });
      return decode(bytes, file);
    },
    async identify() {
      const hash = createHash("sha256");
      for (let first = 0; first < count; first += TOGETHER) {
        const part = Array.from({ length: Math.min(TOGETHER, count - first) }, (_, i) => first + i);
        const sizes = await Promise.all(part.map(async (i) => (await stat(fileOf(i))).size));
        part.forEach((i, j) => {
          hash.update(`${labels[i]} ${path.basename(folders[folderOf[i]!]!)}/${packed(i)} ${sizes[j]}\n`);
        });
      }
      return hash.digest("hex");
    },
  };
}

/** Texts in one array of bytes; the result gives them back by index. */
function pack(texts: readonly string[]): (index: number) => string {
  const bytes = Buffer.from(texts.join(""), "utf8");
  const ends = new Uint32Array(texts.length);
  let end = 0;
  texts.forEach((text, i) => {
    end += Buffer.byteLength(text, "utf8");
    ends[i] = end;
  });
  return (index) => bytes.toString("utf8", index === 0 ? 0 : ends[index - 1], ends[index]);
}

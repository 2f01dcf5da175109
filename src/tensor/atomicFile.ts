// Whole files or none: every file of the library is written here. It sits in tensor/ as every folder imports that.

import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";

/** Ends the name of every unfinished file; readers and .gitignore pass over such names. */
export const unfinishedSuffix = ".tmp";

/** A name beside `file` that no other process uses: hidden, and ending in `unfinishedSuffix`. */
export function unfinishedName(file: string): string {
  const { dir, base } = path.parse(file);
  return path.join(dir, `.${base}.${process.pid}-${randomUUID().slice(0, 8)}${unfinishedSuffix}`);
}

/**
 * Removes what killed processes have left of files in a folder, or of those whose names are given. Whoever calls it must be the
 * only one to write there.
 */
export async function removeUnfinished(folder: string, names?: readonly string[]): Promise<void> {
  const found = await readdir(folder).catch((): string[] => []);
  const isOne = (name: string) =>
    name.startsWith(".") &&
    name.endsWith(unfinishedSuffix) &&
    (names?.some((base) => name.startsWith(`.${base}.`)) ?? true);
  for (const name of found.filter(isOne)) await rm(path.join(folder, name), { force: true });
}

/**
 * Writes `chunks` one after another to `file`, so that readers and a killed process see the old file or the
 * new one, never a part. Makes the folder where it is missing.
 */
export async function writeFileAtomic(
  file: string,
  ...chunks: readonly (string | Uint8Array)[]
): Promise<void> {
  const unfinished = unfinishedName(file);
  try {
    await makeFolder(path.dirname(file));
    const handle = await open(unfinished, "wx");
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync(); // otherwise a power cut can leave the new name with no bytes behind it
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw writeError(error as NodeJS.ErrnoException, file);
  }
}

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full. Free some space and start again: what is finished is kept",
  EDQUOT: "the disk quota is used up. Free some space and start again: what is finished is kept",
  EFBIG:
    "the file is larger than this process may write, or the file system holds. Raise the limit (ulimit -f) or choose another folder, and start again: what is finished is kept",
  EROFS: "the file system is read-only. Choose another folder",
  EACCES: "this user may not write there. Choose another folder, or change its permissions",
  EPERM: "this user may not write there. Choose another folder, or change its permissions",
  EMFILE: "too many files are open. Raise the limit (ulimit -n) and start again: what is finished is kept",
};

/** Makes a folder with those above it. Node says that a read-only one "is not there": the true reason is found out. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    let first = path.resolve(folder);
    while (path.dirname(first) !== first && !existsSync(path.dirname(first))) first = path.dirname(first);
    await mkdir(first);
    await mkdir(folder, { recursive: true });
  }
}

/** The error of a failed write, with what to do about it. */
export function writeError(error: NodeJS.ErrnoException, file: string): Error {
  const remedy = remedies[error.code ?? ""];
  if (!remedy) return error;
  return Object.assign(
    new Error(`${file} could not be written: ${remedy} (${error.code}).`, { cause: error }),
    {
      code: error.code,
    },
  );
}

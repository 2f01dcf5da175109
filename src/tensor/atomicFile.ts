// Whole files or none: every file of the library is written here. It sits in tensor/ as every folder imports that.

import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";

/** Ends the name of every unfinished file; readers and .gitignore pass over such names. */
export const unfinishedSuffix = ".tmp";

/** A name beside `file` that no other process uses: hidden, and ending in `unfinishedSuffix`. */
export function unfinishedName(file: string): string {
  const { dir, base } = path.parse(file);
  return path.join(dir, `.${base}.${process.pid}-${randomUUID().slice(0, 8)}${unfinishedSuffix}`);
}

/**
 * Writes `chunks` one after another to `file`, so that readers and a killed process see the old file or the
 * new one, never a part. Makes the folder where it is missing.
 */
export async function writeFileAtomic(
  file: string,
  ...chunks: readonly (string | Uint8Array)[]
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = unfinishedName(file);
  try {
    const handle = await open(unfinished, "wx");
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync(); // otherwise a power cut can leave the new name with no bytes behind it
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

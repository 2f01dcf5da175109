// Folders that were made for a work that came to nothing.
import { existsSync, statSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import path from "node:path";

/**
 * The folders of a path that are not there yet, the innermost first.
 * @throws where a file stands in the way
 */
export function missingFolders(folder: string): string[] {
  const missing: string[] = [];
  let place = path.resolve(folder);
  for (; !existsSync(place); place = path.dirname(place)) missing.push(place);
  if (!statSync(place).isDirectory())
    throw new Error(
      `${folder}: expected a folder to write, but ${path.relative("", place)} is a file. Name another folder, or move the file away.`,
    );
  return missing;
}

/** Removes those of the folders, the innermost first, that nothing lies in. */
export async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => {}); // not empty: it stays, and all above it
}

// Folders that were made for a work that came to nothing.
import { existsSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import path from "node:path";

/** The folders of a path that are not there yet, the innermost first. */
export function missingFolders(folder: string): string[] {
  const missing: string[] = [];
  for (let place = path.resolve(folder); !existsSync(place); place = path.dirname(place)) missing.push(place);
  return missing;
}

/** Removes those of the folders, the innermost first, that nothing lies in. */
export async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => {}); // not empty: it stays, and all above it
}

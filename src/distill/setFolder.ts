// What lies in a set's folder before its images are made.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { classSlugs, type Dataset } from "../datasets/dataset";
import { removeUnfinished } from "../tensor/atomicFile";
import { manifestName } from "./manifest";

/** What a search for beta found, of a denoiser that has no place of its own for it. */
export const betaTableName = ".beta.json";

/** Files that a killed run was writing: those of the manifest and of beta, and the images in the classes' own folders. */
export async function removeLeftovers(folder: string, { classes }: Dataset): Promise<void> {
  const slugs = new Set(classSlugs(classes));
  const entries = await readdir(folder, { withFileTypes: true });
  await removeUnfinished(folder, [manifestName, betaTableName]);
  for (const entry of entries)
    if (entry.isDirectory() && slugs.has(entry.name)) await removeUnfinished(path.join(folder, entry.name));
}

/** @throws if there are files where the set's will be, of which no manifest tells: they would be lost, or taken for its own */
export async function expectNoPictures(folder: string, { classes }: Dataset): Promise<void> {
  for (const slug of classSlugs(classes)) {
    const names = await namesIn(path.join(folder, slug));
    const found = names.find((name) => !name.startsWith("."));
    if (found !== undefined)
      throw new Error(
        `${folder}: expected an empty folder, or a set that was begun here, with its ${manifestName}; found ` +
          `${path.join(slug, found)}, which would be replaced or counted in. Choose another folder, or move the pictures away.`,
      );
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
}

// Text from a file that need not be there yet. It sits in tensor/ as every folder imports that.
import { readFile } from "node:fs/promises";

/** The text of a file; null where there is none. @throws for any other fault */
export async function readTextIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    // A part of its path may be a file, and no folder.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

// Text, or JSON, from a file that need not be there. It sits in tensor/ as every folder imports that.
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

/** What the JSON of a file says; null where there is no file. @throws if it is not JSON, or for any other fault */
export async function readJsonIfThere(file: string): Promise<unknown> {
  const text = await readTextIfThere(file);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}. Restore it, or fetch it again.`);
  }
}

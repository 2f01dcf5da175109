// All files below a folder as one text to compare: path and SHA-256, line by line.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

export async function bytesBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const lines = files.sort().map(async (file) => {
    const hash = createHash("sha256").update(await readFile(file));
    return `${path.relative(folder, file)} ${hash.digest("hex")}`;
  });
  return (await Promise.all(lines)).join("\n");
}

import { mkdirSync, mkdtempSync } from "node:fs";
import path from "node:path";

/** A new folder inside the project, where packages and the library are found; git ignores it. The caller deletes it. */
export function newFolder(name: string): string {
  const parent = path.resolve(__dirname, "..", ".cache", "test");
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(path.join(parent, `${name}-`));
}

// The built kernel under test, and a folder outside of the project for what it writes.
import { mkdtempSync } from "node:fs";
import path from "node:path";
import { afterAll } from "vitest";
import { outsideProject } from "../outsideProject";
import { removeFolder } from "./wire/standIn";

/** The program of the kernel. */
export const main = path.resolve(__dirname, "../../dist/kernels/main.js");

/** A folder that goes when the tests of the file are over. */
export function kernelFolder(): string {
  const folder = mkdtempSync(path.join(outsideProject, "kernel-test-"));
  afterAll(() => removeFolder(folder));
  return folder;
}

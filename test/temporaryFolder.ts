import { rm } from "node:fs/promises";
import { onTestFinished } from "vitest";
import { newFolder } from "./newFolder";

/** A new folder inside the project (.cache is ignored by git), deleted when the running test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = newFolder("run");
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

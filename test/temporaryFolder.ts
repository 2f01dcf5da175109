import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A new folder inside the project (.cache is ignored by git), deleted when the running test is over. */
export async function temporaryFolder(): Promise<string> {
  const parent = path.resolve(__dirname, "..", ".cache", "test");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, "run-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

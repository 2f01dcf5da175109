// Where this project keeps the files of datasets.
import path from "node:path";

/** data/NAME of this project; src/datasets and dist/datasets lie equally deep. */
export function dataFolder(name: string): string {
  return path.resolve(__dirname, "..", "..", "data", name);
}

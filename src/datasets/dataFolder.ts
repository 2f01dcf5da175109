// Where the files of datasets lie: what is shipped with this package, and what is fetched.
import path from "node:path";

/** This package's own folder; src/datasets and dist/datasets lie equally deep. */
export const packageFolder: string = path.resolve(__dirname, "..", "..");

/** Whether the library is a package in somebody's node_modules, and not this project itself. */
export const installed: boolean = packageFolder.split(path.sep).includes("node_modules");

/** data/NAME as it is shipped: class lists. */
export function shippedFolder(name: string): string {
  return path.join(packageFolder, "data", name);
}

/**
 * Where the files of a dataset are kept: IGDS_DATA/NAME, else data/NAME of this project. A package in node_modules is
 * replaced by the next install, so there it is data/NAME where the program runs.
 */
export function dataFolder(name: string): string {
  const folder = process.env.IGDS_DATA ?? path.join(installed ? process.cwd() : packageFolder, "data");
  return path.resolve(folder, name);
}

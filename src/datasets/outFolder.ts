// Where what the library makes is kept unless told: sets, results, what searches have found.
import path from "node:path";
import { installed, packageFolder } from "./dataFolder";

/**
 * out/ of this project. A package in node_modules is replaced by the next install, so there it is out/ where the program
 * runs.
 */
export const outFolder: string = path.join(installed ? process.cwd() : packageFolder, "out");

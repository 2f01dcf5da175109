// An experiment from its name to its rows: the one call that a notebook and the command line make.
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Cell } from "./cell";
import { experimentCells, profileOf } from "./experiments";
import { Models, type ModelsOptions } from "./models";
import type { Row } from "./results";
import { type GridEvent, type RunCellsOptions, rowsOf, runCells } from "./runCells";
import { resultsFolder } from "./tuned";

export interface ExperimentOptions extends Omit<ModelsOptions, "onProgress"> {
  /** `quick` (default), `full` or `paper`. */
  readonly profile?: string;
  /** Cells instead of those of the experiment, to be kept in its file. */
  readonly cells?: readonly Cell[];
  /** File of results, and folder of the sets. Default: those of the project. */
  readonly file?: string;
  readonly sets?: string;
  /** Only read what is there. */
  readonly readOnly?: boolean;
  readonly models?: Models;
  readonly onProgress?: (event: GridEvent) => void;
}

/** Where numbers and sets that can be computed again are kept. */
const scratch = path.join(__dirname, "..", "..", "out");
export const setsFolder: string = path.join(scratch, "sets");

/** The file of an experiment: that of profile `full` is committed, that of `quick` is not and belongs to all. */
export function resultsFile(name: string, profile = "full"): string {
  return profileOf(profile) === "quick"
    ? path.join(scratch, "results", "quick.jsonl")
    : path.join(resultsFolder, `${name}.jsonl`);
}

/**
 * The rows of an experiment; what is missing is computed first. Stopped at any moment, it goes on where it was.
 *
 * @returns one row per cell, in the order of the cells
 * @throws RangeError for an unknown name or profile
 * @throws Error for the profile `paper`, saying what it takes
 * @example
 * const rows = await runExperiment("accuracy-over-ipc", { profile: "quick" });
 * contrasts(summarise(rows), "igds");
 */
export async function runExperiment(name: string, options: ExperimentOptions = {}): Promise<Row[]> {
  const { profile = "quick", readOnly = false, onProgress } = options;
  const cells = options.cells ?? (await experimentCells(name, profile));
  const { file = resultsFile(name, profile), sets = setsFolder } = options;
  const models = options.models ?? new Models(options as ModelsOptions);
  try {
    if (readOnly) return await rowsOf(cells, models, file);
    const settings: RunCellsOptions = { file, others: await otherResults(), sets };
    return await runCells(cells, models, onProgress ? { ...settings, onProgress } : settings);
  } finally {
    if (!options.models) await models.dispose();
  }
}

/** All committed files of results. */
async function otherResults(): Promise<string[]> {
  const names = await readdir(resultsFolder).catch(() => []);
  return names.filter((name) => name.endsWith(".jsonl")).map((name) => path.join(resultsFolder, name));
}

// The experiments by name: what each figure needs, small (`quick`), whole (`full`), and at the paper's scale.
import { type Cell, cellsOf } from "./cell";
import {
  ablation,
  accuracyOverIpc,
  betaOfIpc,
  cost,
  crossArchitecture,
  type Grids,
  lowIpcDiversity,
  plugsIn,
  twoInformations,
} from "./grids";
import { paperGrids } from "./paperGrids";
import { readPaperSetup } from "./paperSetup";

export const profiles = ["quick", "full", "paper"] as const;
export type Profile = (typeof profiles)[number];

const experiments = {
  "accuracy-over-ipc": accuracyOverIpc,
  "low-ipc-diversity": lowIpcDiversity,
  "two-informations": twoInformations,
  "context-scales-with-ipc": twoInformations,
  "beta-of-ipc": betaOfIpc,
  ablation,
  cost,
  "cross-architecture": crossArchitecture,
  "coverage-map": twoInformations,
  "plugs-into-any-model": plugsIn,
} as const satisfies Record<string, Grids>;

export type ExperimentName = keyof typeof experiments;
/** The names of the experiments, each that of its figure. */
export const experimentNames = Object.keys(experiments) as readonly ExperimentName[];

/** Experiments whose cells are some of those of the main result: they share its file. */
const parts: readonly string[] = [
  "low-ipc-diversity",
  "two-informations",
  "context-scales-with-ipc",
  "coverage-map",
] satisfies ExperimentName[];

/** The experiment in whose file the results are kept. */
export function ownerOf(name: string): string {
  return parts.includes(name) ? "accuracy-over-ipc" : name;
}

/** @throws RangeError naming the profiles there are */
export function profileOf(name: string): Profile {
  if ((profiles as readonly string[]).includes(name)) return name as Profile;
  throw new RangeError(`Unknown profile "${name}": expected one of ${profiles.join(", ")}.`);
}

/**
 * The profile of a figure that needs no data of others: `full` for `paper`.
 *
 * @param name of a profile: `quick`, `full` or `paper`
 * @throws RangeError naming the profiles there are
 * @example
 * igds.experiment.quickOrFull("quick");
 */
export function quickOrFull(name: string): "quick" | "full" {
  return profileOf(name) === "quick" ? "quick" : "full";
}

/**
 * The cells of an experiment, in the order of work.
 * @throws RangeError for an unknown name or profile
 * @throws Error for the profile `paper` without its setup, saying what it takes
 */
export async function experimentCells(name: string, profile: string): Promise<Cell[]> {
  const found = (experiments as Readonly<Record<string, Grids>>)[name];
  if (!found)
    throw new RangeError(`Unknown experiment "${name}": expected one of ${experimentNames.join(", ")}.`);
  const wanted = profileOf(profile);
  if (wanted !== "paper") return cellsOf(...(await found[wanted]()));
  const setup = await readPaperSetup();
  return cellsOf(...paperGrids(await found.full(setup.ipcs), setup));
}

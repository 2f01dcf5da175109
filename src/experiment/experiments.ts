// The experiments by name: what each figure needs, small (`quick`), whole (`full`), and at the paper's scale.
import { type Cell, cellsOf } from "./cell";
import {
  ablation,
  accuracyOverIpc,
  betaOfIpc,
  crossArchitecture,
  type Grids,
  lowIpcDiversity,
  plugsIn,
  twoInformations,
} from "./grids";

export const profiles = ["quick", "full", "paper"] as const;
export type Profile = (typeof profiles)[number];

const experiments = {
  "accuracy-over-ipc": accuracyOverIpc,
  "low-ipc-diversity": lowIpcDiversity,
  "two-informations": twoInformations,
  "context-scales-with-ipc": twoInformations,
  "beta-of-ipc": betaOfIpc,
  ablation,
  "cross-architecture": crossArchitecture,
  "coverage-map": twoInformations,
  "plugs-into-any-model": plugsIn,
} as const satisfies Record<string, Grids>;

export type ExperimentName = keyof typeof experiments;
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
 * The profile as `quick` or `full`.
 * @throws for `paper`, saying what it takes
 * @example
 * profileHere("quick");
 */
export function profileHere(name: string): "quick" | "full" {
  const profile = profileOf(name);
  if (profile !== "paper") return profile;
  throw new Error(
    "Profile paper: expected Tiny ImageNet or an ImageNet subset as a folder of images, DiT-XL/2 with its VAE, " +
      "and a GPU for days; found the small models that this project brings along. Use profile quick or full here.",
  );
}

/**
 * The cells of an experiment, in the order of work.
 * @throws RangeError for an unknown name or profile
 * @throws Error for the profile `paper`, saying what it takes
 */
export async function experimentCells(name: string, profile: string): Promise<Cell[]> {
  const found = (experiments as Readonly<Record<string, Grids>>)[name];
  if (!found)
    throw new RangeError(`Unknown experiment "${name}": expected one of ${experimentNames.join(", ")}.`);
  return cellsOf(...(await found[profileHere(profile)]()));
}

// The experiments by name: what each figure needs, small (`quick`), whole (`full`), and at the paper's scale.
import { accuracyOverIpc } from "./accuracyOverIpc";
import { type Cell, cellsOf, type Grid } from "./cell";

export const profiles = ["quick", "full", "paper"] as const;
export type Profile = (typeof profiles)[number];

/** What a figure is drawn from. */
export interface Experiment {
  readonly name: ExperimentName;
  readonly quick: () => Promise<readonly Grid[]>;
  readonly full: () => Promise<readonly Grid[]>;
  /** What the paper's scale takes that this library does not bring along. */
  readonly paper: string;
}

export const experimentNames = ["accuracy-over-ipc"] as const;
export type ExperimentName = (typeof experimentNames)[number];

const experiments: Readonly<Record<ExperimentName, Omit<Experiment, "name">>> = {
  "accuracy-over-ipc": accuracyOverIpc,
};

/** @throws RangeError naming the experiments there are */
export function experimentOf(name: string): Experiment {
  const found = experiments[name as ExperimentName] as Omit<Experiment, "name"> | undefined;
  if (!found)
    throw new RangeError(`Unknown experiment "${name}": expected one of ${experimentNames.join(", ")}.`);
  return { name: name as ExperimentName, ...found };
}

/** @throws RangeError naming the profiles there are */
export function profileOf(name: string): Profile {
  if ((profiles as readonly string[]).includes(name)) return name as Profile;
  throw new RangeError(`Unknown profile "${name}": expected one of ${profiles.join(", ")}.`);
}

/**
 * The cells of an experiment, in the order of work.
 * @throws for the profile `paper`, saying what it takes
 */
export async function experimentCells(name: string, profile: string): Promise<Cell[]> {
  const experiment = experimentOf(name);
  const wanted = profileOf(profile);
  if (wanted === "paper")
    throw new Error(`${name}, profile paper: expected ${experiment.paper}. Use profile quick or full here.`);
  return cellsOf(...(await experiment[wanted]()));
}

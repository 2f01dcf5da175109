// Rows of results as the points that figures draw: means over generation seeds with their intervals.
import { hasOneSet } from "../distill/methods";
import { type MeanInterval, meanInterval } from "../evaluate/statistics";
import { duration } from "../notebook/progress";
import type { ExperimentOptions } from "./experiment";
import type { Measure } from "./measureCells";
import type { Row } from "./results";

/** A quantity of one variant at one IPC. */
export interface QuantityPoint extends MeanInterval {
  /** Of the variant. */
  readonly name: string;
  /** Images per class. */
  readonly ipc: number;
  /** Generation seeds. */
  readonly n: number;
}

/**
 * Means of a quantity of the sets over their generation seeds.
 *
 * @param measures of `measureExperiment`
 * @param quantity number of one set, in any unit
 * @returns one point per variant and IPC, in the order in which they first appear and the unit of the quantity
 * @example
 * const measures = await igds.experiment.measureExperiment("two-informations", {
 *   profile: "full",
 *   readOnly: true,
 * });
 * igds.experiment.meansOf(measures, ({ contextual }) => contextual.low);
 */
export function meansOf(
  measures: readonly Measure[],
  quantity: (measure: Measure) => number,
): QuantityPoint[] {
  const groups = new Map<string, Measure[]>();
  for (const measure of measures) {
    const group = `${measure.name}\n${measure.ipc}`;
    groups.set(group, [...(groups.get(group) ?? []), measure]);
  }
  return [...groups.values()].map((own) => ({
    name: own[0].name,
    ipc: own[0].ipc,
    n: own.length,
    ...meanInterval(own.map(quantity)),
  }));
}

/**
 * A quantity of one variant minus that of another at one IPC, by the generation seeds that both have; null where there
 * are none. A method that has one set, whatever the seed, stands against every set of the other.
 *
 * @param measures of `measureExperiment`
 * @param names of the variants: the first minus the second
 * @param ipc images per class
 * @param quantity number of one set, in any unit
 * @returns mean difference with its 95 % interval over the pairs, in the unit of the quantity
 * @example
 * const measures = await igds.experiment.measureExperiment("two-informations", {
 *   profile: "full",
 *   readOnly: true,
 * });
 * igds.experiment.differenceOf(measures, ["igds", "diffusion"], 10, ({ contextual }) => contextual.low);
 */
export function differenceOf(
  measures: readonly Measure[],
  [a, b]: readonly [string, string],
  ipc: number,
  quantity: (measure: Measure) => number,
): MeanInterval | null {
  const of = (name: string) => measures.filter((measure) => measure.name === name && measure.ipc === ipc);
  const [first, second] = [of(a), of(b)];
  const beside = (all: readonly Measure[], { seed }: Measure) =>
    hasOneSet(all[0].method, ipc) ? all[0] : all.find((one) => one.seed === seed);
  if (first.length === 0 || second.length === 0) return null;
  const pairs = (hasOneSet(first[0].method, ipc) ? second : first).flatMap((measure) => {
    const [one, other] = [beside(first, measure), beside(second, measure)];
    return one && other ? [quantity(one) - quantity(other)] : [];
  });
  return pairs.length > 0 ? meanInterval(pairs) : null;
}

/**
 * Where numbers come from: how many, what they took, on what machine, from which seeds.
 *
 * @param rows of `runExperiment`
 * @param options those that the experiment was run with
 * @returns texts by what they are about, such as `numbers` and `hardware`
 * @example
 * const rows = await igds.experiment.runExperiment("two-informations", { profile: "full", readOnly: true });
 * igds.experiment.provenance(rows, { profile: "full", readOnly: true }).profile; // "full, as far as it was computed"
 */
export function provenance(
  rows: readonly Row[],
  { profile = "quick", readOnly = false }: Pick<ExperimentOptions, "profile" | "readOnly">,
): Record<string, string> {
  const machines = [...new Set(rows.map(({ machine }) => machine))];
  const seconds = rows.reduce((sum, row) => sum + (row.seconds.set ?? 0) + row.seconds.training, 0);
  const list = (of: (row: Row) => number) => [...new Set(rows.map(of))].sort((a, b) => a - b).join(", ");
  return {
    profile: readOnly ? `${profile}, as far as it was computed` : profile,
    numbers: `${rows.length}, computed in ${duration(seconds)}`,
    hardware: machines.join("; "),
    "seeds of the sets": list(({ seed }) => seed),
    "seeds of the networks": list(({ training }) => training),
  };
}

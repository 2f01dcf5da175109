// What the rows of an experiment say: means with intervals over generation seeds, and paired tests between methods.
import isEqual from "lodash/isEqual";
import { hasOneSet } from "../distill/methods";
import { holm } from "../evaluate/holm";
import { type OverSeeds, overSeeds } from "../evaluate/overSeeds";
import { pairedTest } from "../evaluate/pairedTest";
import type { MeanInterval } from "../evaluate/statistics";
import type { Row } from "./results";

/** What results must share to be compared. */
interface Comparable {
  /** Images per class. */
  readonly ipc: number;
  /** How networks were trained and tested. */
  readonly protocol: string;
  /** What they were trained on. */
  readonly labels: Row["labels"];
  /** Steps of each training. */
  readonly steps: number;
  /** Which images they were tested on. */
  readonly on: Row["on"];
}

/** The results of one variant at one IPC under one protocol. */
export interface Summary extends Comparable {
  /** Of the variant. */
  readonly name: string;
  /** What made the sets. */
  readonly method: string;
  /** Generation seeds whose sets have all these networks, ascending. */
  readonly seeds: readonly number[];
  /** Networks trained on each set. */
  readonly trainings: number;
  /** Accuracy after the last step, percent, of each of those networks: one map from training to it per generation seed. */
  readonly networks: readonly ReadonlyMap<number, number>[];
  /** Accuracy after the last step, percent: the number to report; one value per generation seed. */
  readonly last: OverSeeds;
  /** The best of all tests of a training, chosen on the test images and so too high. */
  readonly best: OverSeeds;
}

/** A comparison of one variant with the reference at one IPC. */
export interface Contrast extends Comparable {
  /** Of the variant that the reference is compared with. */
  readonly name: string;
  /** Name of the reference. */
  readonly reference: string;
  /**
   * Reference - other, percentage points after the last step, with its 95 % interval over sets and, where there is more than
   * one, networks.
   */
  readonly difference: MeanInterval;
  /** Pairs: generation seeds that both have; null where the other has one set. */
  readonly pairs: number | null;
  /** Networks that were trained on the sets of both. */
  readonly networks: number;
  /** Two-sided p-value, `pairedTest`'s. */
  readonly pT: number;
  /** `pairedTest`'s of sign flips; null where the other has one set. */
  readonly pSignFlip: number | null;
  /** `pT` after Holm's correction over all comparisons of one call. */
  readonly holmT: number;
  /** `pSignFlip` after the same over those that have one. */
  readonly holmSignFlip: number | null;
}

/**
 * One summary per variant, IPC, protocol, kind of labels, training steps and images tested on, in the order in which they first appear. Of
 * an experiment that is not done yet it is the largest part in which every set has the same networks. Of several
 * rows of one network the last counts: a file of results keeps those of earlier settings, which stand in where there is
 * no newer one. `runExperiment` gives those of one setting alone.
 *
 * @example
 * igds.experiment.summarise(
 *   await igds.experiment.readResults("notebooks/figures/results/accuracy-over-ipc.jsonl"),
 * );
 */
export function summarise(rows: readonly Row[]): Summary[] {
  return [...grouped(rows).values()].map((own) => {
    const [{ name, method, ipc, protocol, labels, steps, on }] = own;
    const bySeed = new Map<number, Map<number, Row>>();
    for (const row of own) bySeed.set(row.seed, (bySeed.get(row.seed) ?? new Map()).set(row.training, row));
    const { seeds, trainings } = largestBlock(bySeed, hasOneSet(method, ipc));
    const table = seeds.map((seed) => trainings.map((training) => bySeed.get(seed)!.get(training)!));
    const values = (kind: "last" | "best") =>
      overSeeds(table.map((networks) => networks.map((row) => row[kind])));
    return {
      name,
      method,
      ipc,
      protocol,
      labels,
      steps,
      on,
      seeds,
      trainings: trainings.length,
      networks: table.map((networks) => new Map(networks.map(({ training, last }) => [training, last]))),
      last: values("last"),
      best: values("best"),
    };
  });
}

/**
 * The reference against every other variant that was scored as it was, at the same IPC, by the generation seeds that both
 * have, and on each by the networks that both have: one network more on one side alone would move the difference.
 * A method that has one set, whatever the seed, stands with it beside each set of the reference. What has fewer than two
 * pairs is left out, as is one set with fewer than two networks in common.
 *
 * @param reference name of the variant
 * @param against names of the variants to compare with; all others unless told
 * @example
 * const rows = await igds.experiment.readResults("notebooks/figures/results/accuracy-over-ipc.jsonl");
 * igds.experiment.contrasts(igds.experiment.summarise(rows), "igds").filter(({ holmT }) => holmT < 0.05);
 */
export function contrasts(
  summaries: readonly Summary[],
  reference: string,
  against?: readonly string[],
): Contrast[] {
  const found = summaries
    .filter(({ name }) => name !== reference && (against?.includes(name) ?? true))
    .flatMap((other) => {
      const own = summaries.find(
        (one) => one.name === reference && isEqual(scoringOf(one), scoringOf(other)),
      );
      const test = own && compared(own, other);
      return test ? [{ ...test, name: other.name, reference, ...scoringOf(other) }] : [];
    });
  const holmT = holm(found.map(({ pT }) => pT));
  const flips = found.flatMap(({ pSignFlip }) => pSignFlip ?? []);
  const holmFlips = holm(flips);
  return found.map((test, i) => ({
    ...test,
    holmT: holmT[i],
    holmSignFlip: test.pSignFlip === null ? null : holmFlips[flips.indexOf(test.pSignFlip)],
  }));
}

/** That part of a summary, or of a comparison. */
export function scoringOf({ ipc, protocol, labels, steps, on }: Comparable): Comparable {
  return { ipc, protocol, labels, steps, on };
}

type Test = Pick<Contrast, "difference" | "pairs" | "networks" | "pT" | "pSignFlip">;

function compared(own: Summary, other: Summary): Test | null {
  const oneSet = hasOneSet(other.method, other.ipc);
  const networks = [...own.networks[0].keys()].filter((training) => other.networks[0].has(training));
  const pairs = own.seeds.flatMap((seed, i) => {
    const theirs = other.networks[oneSet ? 0 : other.seeds.indexOf(seed)];
    return theirs ? [[own.networks[i], theirs]] : [];
  });
  if (pairs.length < 2 || networks.length < (oneSet ? 2 : 1)) return null;
  const [mine, theirs] = [0, 1].map((side) =>
    pairs.map((pair) => networks.map((training) => pair[side].get(training)!)),
  );
  const test = pairedTest(mine, theirs);
  return {
    ...test,
    networks: networks.length,
    pairs: oneSet ? null : pairs.length,
    pSignFlip: oneSet ? null : test.pSignFlip,
  };
}

/** The sets and networks of the largest table without gaps; of a method that has one set, that with most networks. */
function largestBlock(
  bySeed: ReadonlyMap<number, ReadonlyMap<number, Row>>,
  oneSet: boolean,
): { seeds: number[]; trainings: number[] } {
  const seedsOf = (trainings: readonly number[]) =>
    [...bySeed].filter(([, own]) => trainings.every((one) => own.has(one))).map(([seed]) => seed);
  const blocks = [...bySeed].map(([seed, own]) => {
    const trainings = [...own.keys()];
    return { seeds: oneSet ? [seed] : seedsOf(trainings), trainings };
  });
  const { seeds, trainings } = blocks.reduce((a, b) => (size(b) > size(a) ? b : a));
  return { seeds: ascending(seeds), trainings: ascending(trainings) };
}

function size({ seeds, trainings }: { seeds: readonly number[]; trainings: readonly number[] }): number {
  return seeds.length * trainings.length;
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

function grouped(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const { name, ipc, protocol, steps, labels, on } = row;
    // Steps that follow the size of the set do not split a group: IPC does already.
    const group = JSON.stringify([name, ipc, protocol, steps, labels, on]);
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return groups;
}

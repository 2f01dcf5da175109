// What the rows of an experiment say: means with intervals over generation seeds, and paired tests between methods.
import isEqual from "lodash/isEqual";
import { hasOneSet } from "../distill/methods";
import { holm } from "../evaluate/holm";
import { type OverSeeds, overSeeds } from "../evaluate/overSeeds";
import { pairedTest } from "../evaluate/pairedTest";
import { type MeanInterval, mean } from "../evaluate/statistics";
import { welchTest } from "../evaluate/welchTest";
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
  /** Generation seeds that have all their networks, ascending. */
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
  /** Reference - other, percentage points after the last step, with its 95 % interval. */
  readonly difference: MeanInterval;
  /** Pairs: generation seeds that both have, with a network that both have; null where the other has one set. */
  readonly pairs: number | null;
  /** Two-sided p-value: `pairedTest`'s, or `welchTest`'s where the other has one set. */
  readonly pT: number;
  /** `pairedTest`'s of sign flips; null where the other has one set. */
  readonly pSignFlip: number | null;
  /** `pT` after Holm's correction over all comparisons of one call. */
  readonly holmT: number;
  /** `pSignFlip` after the same over those that have one. */
  readonly holmSignFlip: number | null;
}

/**
 * One summary per variant, IPC, protocol, kind of labels, training steps and images tested on, in the order in which they first appear. Generation seeds
 * that do not have all their networks yet are left out, so that a part of an experiment is judged fairly. Of several
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
    const trainings = Math.max(...[...bySeed.values()].map(({ size }) => size));
    const whole = [...bySeed].filter(([, { size }]) => size === trainings).sort(([a], [b]) => a - b);
    const values = (kind: "last" | "best") =>
      overSeeds(whole.map(([, networks]) => [...networks.values()].map((row) => row[kind])));
    const seeds = whole.map(([seed]) => seed);
    return {
      name,
      method,
      ipc,
      protocol,
      labels,
      steps,
      on,
      seeds,
      trainings,
      networks: whole.map(([, of]) => new Map([...of].map(([training, { last }]) => [training, last]))),
      last: values("last"),
      best: values("best"),
    };
  });
}

/**
 * The reference against every other variant that was scored as it was, at the same IPC, by the generation seeds that both
 * have, and on each by the networks that both have: one network more on one side alone would move the difference.
 * A method that has one set, whatever the seed, leaves nothing to pair: the sets of the reference, each by the mean over
 * its networks, stand against the networks on that one set, whose spread is all the chance that its number has. What has
 * fewer than two values on a side is left out.
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
      const test = own && (hasOneSet(other.method, other.ipc) ? unpaired : paired)(own, other);
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

type Test = Pick<Contrast, "difference" | "pairs" | "pT" | "pSignFlip">;

function paired(own: Summary, other: Summary): Test | null {
  const pairs = own.seeds.flatMap((seed, i) => {
    const theirs = other.networks[other.seeds.indexOf(seed)];
    return theirs ? onSharedNetworks(own.networks[i], theirs) : [];
  });
  if (pairs.length < 2) return null;
  const test = pairedTest(
    pairs.map(([mine]) => mine),
    pairs.map(([, theirs]) => theirs),
  );
  return { ...test, pairs: pairs.length };
}

function unpaired(own: Summary, { networks: [theirs] }: Summary): Test | null {
  if (own.seeds.length < 2 || theirs.size < 2) return null;
  return { ...welchTest(own.last.mean.values, [...theirs.values()]), pairs: null, pSignFlip: null };
}

/** Means of both over the networks that both have, none where they share none. */
function onSharedNetworks(
  own: ReadonlyMap<number, number>,
  other: ReadonlyMap<number, number>,
): [number, number][] {
  const shared = [...own.keys()].filter((training) => other.has(training));
  const over = (accuracies: ReadonlyMap<number, number>) =>
    mean(shared.map((training) => accuracies.get(training) as number));
  return shared.length > 0 ? [[over(own), over(other)]] : [];
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

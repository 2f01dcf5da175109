// The search for settings, the same for every method: all candidates are scored with one set, the better half of them
// with a second one, and so on (successive halving, Jamieson & Talwalkar 2016, arXiv 1502.07943), on held-out training
// images and sets from the same seeds. No test image takes part.
import isEqual from "lodash/isEqual";
import sortBy from "lodash/sortBy";
import uniq from "lodash/uniq";
import { type SamplingMethod, samplingMethods } from "../distill/methods";
import type { ProtocolName } from "../evaluate/protocols";
import { mean } from "../evaluate/statistics";
import { writeFileAtomic } from "../tensor/atomicFile";
import { type Candidate, candidates, budget as defaultBudget } from "./candidates";
import { cellsOf, type Grid } from "./cell";
import { type ExperimentOptions, runExperiment } from "./experiment";
import type { Row } from "./results";
import { readTuning, type Tuning, tuningFileOf } from "./tuned";

export interface TuneOptions extends Omit<ExperimentOptions, "profile" | "cells"> {
  /** Default: all that sample. */
  readonly methods?: readonly SamplingMethod[];
  /** Trials of each method: the first of its candidates. Default 6. */
  readonly budget?: number;
  /** Default 1 and 10; the best trial has the largest mean over both. */
  readonly ipcs?: readonly number[];
  /** Generation seeds, apart from those of the results, one per round. Default 100 and 101. */
  readonly seeds?: readonly number[];
  readonly protocol?: ProtocolName;
  /** Training steps instead of those of the protocol. */
  readonly steps?: number;
  readonly candidates?: Readonly<Record<string, readonly Candidate[]>>;
  /** File for the record. Default: notebooks/figures/results/tuning.json, of another denoiser tuning-NAME.json. */
  readonly record?: string;
}

export const tuneDefaults = { ipcs: [1, 10], seeds: [100, 101], protocol: "quick" } as const;

/**
 * Searches, and writes the record of the search: all trials, what they cost, and the best of each method. Stopped at
 * any moment, it goes on where it was; trials that are there are not computed again. Methods that were not asked for
 * keep their part of the record if its settings are the same.
 *
 * @throws RangeError if a method has fewer candidates than the budget
 */
export async function tune(options: TuneOptions = {}): Promise<Tuning> {
  const { methods = samplingMethods, budget = defaultBudget } = options;
  const record = options.record ?? tuningFileOf(options.denoiser);
  const { ipcs, seeds, protocol } = { ...tuneDefaults, ...options };
  const lists = options.candidates ?? candidates;
  const trials = methods.flatMap((method) => {
    const own = lists[method] ?? [];
    if (own.length < budget)
      throw new RangeError(
        `Every method gets the same number of trials: expected at least ${budget} candidates of "${method}", found ${own.length}.`,
      );
    return own
      .slice(0, budget)
      .map((given) => ({ method, given, name: `${method} ${JSON.stringify(given)}` }));
  });
  const rows: Row[] = [];
  const rowsOf = (trial: Named) => rows.filter((row) => row.name === trial.name);
  const scored = (trial: Named) => trialOf(trial.given, rowsOf(trial), ipcs);
  let left: readonly Named[] = trials;
  for (const [round, seed] of seeds.entries()) {
    if (round > 0) left = methods.flatMap((method) => betterHalf(left.filter(isOf(method)), scored));
    const grid: Grid = {
      variants: left.map(({ name, method, given }) => ({ name, options: { ...given, method } })),
      ipcs,
      seeds: [seed],
      trainings: [seeds[0]],
      protocol,
      on: "held-out",
      ...(options.steps === undefined ? {} : { steps: options.steps }),
    };
    rows.push(...(await runExperiment("tuning", { ...options, profile: "full", cells: cellsOf(grid) })));
    // Read only, some may be missing: which trials of a method go on is known when all have been scored.
    const missing = left.filter((trial) => rowsOf(trial).length < ipcs.length * (round + 1));
    left = left.filter(({ method }) => !missing.some(isOf(method)));
  }
  const found: Tuning = {
    format: 1,
    protocol,
    ipcs: [...ipcs],
    seeds: [...seeds],
    budget,
    methods: Object.fromEntries(
      uniq(left.map(({ method }) => method)).map((method) => {
        const all = trials.filter(isOf(method)).map(scored);
        const best = left.filter(isOf(method)).map(scored).reduce(better);
        const seconds = Math.round(all.reduce((sum, trial) => sum + trial.seconds, 0));
        return [method, { best: best.options, seconds, trials: all }];
      }),
    ),
  };
  const earlier = await readTuning(record);
  const { methods: _, ...settings } = found;
  const alike =
    earlier && Object.entries(settings).every(([name, value]) => isEqual(earlier[name as "budget"], value));
  const complete = { ...found, methods: { ...(alike ? earlier.methods : {}), ...found.methods } };
  if (!options.readOnly) await writeFileAtomic(record, written(complete));
  return complete;
}

/** One line per trial. */
function written({ methods, ...settings }: Tuning): string {
  const parts = Object.entries(methods).map(([method, { trials, ...rest }]) => {
    const lines = trials.map((trial) => `\n        ${JSON.stringify(trial)}`).join(",");
    return `\n    ${JSON.stringify(method)}: ${JSON.stringify(rest).slice(0, -1)}, "trials": [${lines}\n      ]}`;
  });
  return `${JSON.stringify(settings).slice(0, -1)},\n  "methods": {${parts.join(",")}\n  }\n}\n`;
}

function trialOf(given: Candidate, rows: readonly Row[], ipcs: readonly number[]): Trial {
  const accuracy = Object.fromEntries(
    ipcs.map((ipc) => [ipc, rows.filter((row) => row.ipc === ipc).map(({ last }) => last)]),
  );
  const seconds = rows.reduce((sum, row) => sum + (row.seconds.set ?? 0) + row.seconds.training, 0);
  const means = Object.values(accuracy)
    .filter((values) => values.length > 0)
    .map(mean);
  return {
    options: JSON.parse(JSON.stringify(given)) as Trial["options"],
    mean: means.length > 0 ? Math.round(mean(means) * 100) / 100 : Number.NEGATIVE_INFINITY,
    accuracy,
    seconds: Math.round(seconds),
  };
}

type Trial = Tuning["methods"][string]["trials"][number];

interface Named {
  readonly name: string;
  readonly method: SamplingMethod;
  readonly given: Candidate;
}

const isOf = (method: SamplingMethod) => (trial: Named) => trial.method === method;

/** The better half by the scores so far, of an odd number the larger one; the better first. */
function betterHalf(trials: readonly Named[], scored: (trial: Named) => Trial): Named[] {
  return sortBy(trials, (trial) => -scored(trial).mean).slice(0, Math.ceil(trials.length / 2));
}

function better(a: Trial, b: Trial): Trial {
  return b.mean > a.mean ? b : a;
}

// The search for settings: the same number of candidates for every method, each scored on held-out training images by
// sets from the same seeds. No test image takes part.
import isEqual from "lodash/isEqual";
import { type SamplingMethod, samplingMethods } from "../distill/methods";
import type { ProtocolName } from "../evaluate/protocols";
import { mean } from "../evaluate/statistics";
import { writeFileAtomic } from "../tensor/atomicFile";
import { type Candidate, candidates, budget as defaultBudget } from "./candidates";
import { cellsOf, type Grid } from "./cell";
import { type ExperimentOptions, runExperiment } from "./experiment";
import type { Row } from "./results";
import { readTuning, type Tuning, tuningFile } from "./tuned";

export interface TuneOptions extends Omit<ExperimentOptions, "profile" | "cells"> {
  /** Default: all that sample. */
  readonly methods?: readonly SamplingMethod[];
  /** Trials of each method: the first of its candidates. Default 6. */
  readonly budget?: number;
  /** Default 1 and 10; the best trial has the largest mean over both. */
  readonly ipcs?: readonly number[];
  /** Generation seeds, apart from those of the results. Default 100 and 101. */
  readonly seeds?: readonly number[];
  readonly protocol?: ProtocolName;
  /** Training steps instead of those of the protocol. */
  readonly steps?: number;
  readonly candidates?: Readonly<Record<string, readonly Candidate[]>>;
  /** File for the record. Default: notebooks/figures/results/tuning.json. */
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
  const { methods = samplingMethods, budget = defaultBudget, record = tuningFile } = options;
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
  const grid: Grid = {
    variants: trials.map(({ name, method, given }) => ({ name, options: { ...given, method } })),
    ipcs,
    seeds,
    trainings: [seeds[0]],
    protocol,
    on: "held-out",
    ...(options.steps === undefined ? {} : { steps: options.steps }),
  };
  const rows = await runExperiment("tuning", { ...options, profile: "full", cells: cellsOf(grid) });
  const found: Tuning = {
    format: 1,
    protocol,
    ipcs: [...ipcs],
    seeds: [...seeds],
    budget,
    methods: Object.fromEntries(
      methods.flatMap((method) => {
        const own = trials.filter((trial) => trial.method === method);
        const scored = own.map(({ given, name }) =>
          trialOf(
            given,
            rows.filter((row) => row.name === name),
            ipcs,
          ),
        );
        // Only a whole search has a best trial.
        if (
          rows.filter((row) => own.some(({ name }) => name === row.name)).length <
          own.length * ipcs.length * seeds.length
        )
          return [];
        const best = scored.reduce((a, b) => (b.mean > a.mean ? b : a));
        const seconds = Math.round(scored.reduce((sum, trial) => sum + trial.seconds, 0));
        return [[method, { best: best.options, seconds, trials: scored }]];
      }),
    ),
  };
  const earlier = await readTuning(record);
  const { methods: _, ...settings } = found;
  const alike =
    earlier && Object.entries(settings).every(([name, value]) => isEqual(earlier[name as "budget"], value));
  const whole = { ...found, methods: { ...(alike ? earlier.methods : {}), ...found.methods } };
  if (!options.readOnly) await writeFileAtomic(record, written(whole));
  return whole;
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

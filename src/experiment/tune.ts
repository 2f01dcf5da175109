// The search for settings, the same for every method and at each IPC: all candidates are scored with one set, the better
// half of them with a second one, and so on (successive halving, Jamieson & Talwalkar 2016, arXiv 1502.07943), on held-out training
// images and sets from the same seeds. No test image takes part.
import isEqual from "lodash/isEqual";
import mapValues from "lodash/mapValues";
import maxBy from "lodash/maxBy";
import sortBy from "lodash/sortBy";
import sumBy from "lodash/sumBy";
import type { ProtocolName } from "../evaluate/protocols";
import { mean } from "../evaluate/statistics";
import { writeFileAtomic } from "../tensor/atomicFile";
import { type Candidate, candidates, budget as defaultBudget } from "./candidates";
import { cellsOf, type Grid } from "./cell";
import { type ExperimentOptions, runExperiment } from "./experiment";
import type { Row } from "./results";
import { type Searched, searchedVariant, searchedWith } from "./searched";
import { readTuning, type Tuning, tuningFileOf } from "./tuned";

export interface TuneOptions extends Omit<ExperimentOptions, "profile" | "cells"> {
  /** Default: all there are, of another denoiser those that have none of their own. */
  readonly methods?: readonly Searched[];
  /** Trials of each method: the first of its candidates. Default 6. */
  readonly budget?: number;
  /** Images per class, each with a search of its own. Default 1 and 10. */
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
 * any moment, it goes on where it was; trials that are there are not computed again. Methods and IPCs that were not asked
 * for keep their part of the record if the other settings are the same.
 *
 * @throws RangeError if a method has fewer candidates than the budget
 */
export async function tune(options: TuneOptions = {}): Promise<Tuning> {
  const { methods = searchedWith(options.denoiser), budget = defaultBudget } = options;
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
  const ends = new Map<number, readonly Named[]>();
  for (const ipc of ipcs) ends.set(ipc, await halve(ipc));
  const found: Tuning["methods"] = {};
  for (const method of methods) {
    const best: Tuning["methods"][string]["best"] = {};
    for (const [ipc, left] of ends) {
      const last = maxBy(left.filter(isOf(method)), (trial) => scoreOf(trial, ipc));
      if (last) best[ipc] = plain(last.given);
    }
    if (Object.keys(best).length > 0)
      found[method] = { best, trials: trials.filter(isOf(method)).map(trialOf) };
  }
  const settings = { format: 2 as const, protocol, seeds: [...seeds], budget };
  const complete = merged(await readTuning(record), { ...settings, methods: found });
  if (!options.readOnly) await writeFileAtomic(record, written(complete));
  return complete;

  /** The trials that were scored with every seed at the IPC. */
  async function halve(ipc: number): Promise<readonly Named[]> {
    let left: readonly Named[] = trials;
    for (const [round, seed] of seeds.entries()) {
      if (round > 0)
        left = methods.flatMap((method) =>
          betterHalf(left.filter(isOf(method)), (trial) => scoreOf(trial, ipc)),
        );
      const grid: Grid = {
        variants: left.map(({ name, method, given }) => ({ ...searchedVariant(method, given), name })),
        ipcs: [ipc],
        seeds: [seed],
        trainings: [seeds[0]],
        protocol,
        on: "held-out",
        ...(options.steps === undefined ? {} : { steps: options.steps }),
      };
      rows.push(...(await runExperiment("tuning", { ...options, profile: "full", cells: cellsOf(grid) })));
      // Read only, some may be missing: which trials of a method go on is known when all have been scored.
      const missing = left.filter((trial) => rowsOf(trial, ipc).length <= round);
      left = left.filter(({ method }) => !missing.some(isOf(method)));
    }
    return left;
  }

  function rowsOf(trial: Named, ipc: number): Row[] {
    return rows.filter((row) => row.name === trial.name && row.ipc === ipc);
  }

  /** To two digits, so that of equal trials the one named first is the better: the library's defaults. */
  function scoreOf(trial: Named, ipc: number): number {
    return Math.round(100 * mean(rowsOf(trial, ipc).map(({ last }) => last))) / 100;
  }

  function trialOf(trial: Named): Trial {
    const byIpc = <T>(value: (own: Row[]) => T) =>
      Object.fromEntries(ipcs.map((ipc) => [ipc, value(rowsOf(trial, ipc))]));
    return {
      options: plain(trial.given),
      accuracy: byIpc((own) => own.map(({ last }) => last)),
      seconds: byIpc((own) => Math.round(sumBy(own, ({ seconds }) => (seconds.set ?? 0) + seconds.training))),
    };
  }
}

/** What was found, beside what was found earlier in the same way: at other IPCs, and for other methods. */
function merged(earlier: Tuning | null, found: Tuning): Tuning {
  const settingsOf = ({ methods: _, ...settings }: Tuning) => settings;
  if (!earlier || !isEqual(settingsOf(earlier), settingsOf(found))) return found;
  const methods = mapValues(found.methods, (now, method) => {
    const before = earlier.methods[method];
    const same = before && isEqual(before.trials.map(optionsOf), now.trials.map(optionsOf));
    if (!same) return now;
    return {
      best: { ...before.best, ...now.best },
      trials: now.trials.map(({ options, accuracy, seconds }, i) => ({
        options,
        accuracy: { ...before.trials[i].accuracy, ...accuracy },
        seconds: { ...before.trials[i].seconds, ...seconds },
      })),
    };
  });
  return { ...found, methods: { ...earlier.methods, ...methods } };
}

/** One line per trial. */
function written({ methods, ...settings }: Tuning): string {
  const parts = Object.entries(methods).map(([method, { trials, best }]) => {
    const lines = trials.map((trial) => `\n        ${JSON.stringify(trial)}`).join(",");
    return `\n    ${JSON.stringify(method)}: {"best": ${JSON.stringify(best)}, "trials": [${lines}\n      ]}`;
  });
  return `${JSON.stringify(settings).slice(0, -1)},\n  "methods": {${parts.join(",")}\n  }\n}\n`;
}

type Trial = Tuning["methods"][string]["trials"][number];

interface Named {
  readonly name: string;
  readonly method: Searched;
  readonly given: Candidate;
}

const isOf = (method: Searched) => (trial: Named) => trial.method === method;

/** The better half by the scores so far, of an odd number the larger one, in the order that they were named in. */
function betterHalf(trials: readonly Named[], score: (trial: Named) => number): Named[] {
  const better = sortBy(trials, (trial) => -score(trial)).slice(0, Math.ceil(trials.length / 2));
  return trials.filter((trial) => better.includes(trial));
}

function optionsOf({ options }: Trial): Trial["options"] {
  return options;
}

function plain(given: Candidate): Trial["options"] {
  return JSON.parse(JSON.stringify(given)) as Trial["options"];
}

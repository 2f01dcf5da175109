// igds tune: the settings of every method, chosen on held-out training images by the same number of trials.
import path from "node:path";
import { Command, Option } from "commander";
import sum from "lodash/sum";
import { budget } from "../experiment/candidates";
import { NothingStored } from "../experiment/experiment";
import { type Searched, searched, searchedWith } from "../experiment/searched";
import { tune, tuneDefaults } from "../experiment/tune";
import { tuningFileOf } from "../experiment/tuned";
import { withHelpers } from "./helpers";
import { denoiserOption, printJson, wholeNumber, wholeNumbers } from "./options";

interface TuneOptions {
  methods?: Searched[];
  budget: number;
  ipc: number[];
  seeds: number[];
  jobs: number;
  denoiser?: string;
  readOnly?: boolean;
  json?: boolean;
}

export function tuneCommand(): Command {
  return new Command("tune")
    .description(
      "Search for the settings of every method on held-out training images, the same number of trials for each " +
        "(src/experiment/candidates.ts) and IPC, and record it: all with the first seed, the better half with the " +
        "next, and so on. A search that was broken off goes on where it was.",
    )
    .addOption(
      new Option(
        "--methods <names...>",
        "methods to search for (default: all, with --denoiser those that have none of their own)",
      ).choices([...searched]),
    )
    .option("--budget <n>", "trials of each method", wholeNumber(1), budget)
    .addOption(
      new Option("--ipc <list>", "images per class, each searched for by itself, such as 1,10")
        .argParser(wholeNumbers(1))
        .default([...tuneDefaults.ipcs], tuneDefaults.ipcs.join()),
    )
    .addOption(
      new Option("--seeds <list>", "seeds of the sets, one for each round")
        .argParser(wholeNumbers(0))
        .default([...tuneDefaults.seeds], tuneDefaults.seeds.join()),
    )
    .option("--jobs <n>", "processes that share the work", wholeNumber(1), 1)
    .addOption(denoiserOption())
    .option("--read-only", "say what is found so far, and compute nothing")
    .option("--json", "print the record as JSON")
    .action(search);
}

async function search({ methods: named, ipc, jobs, json, denoiser, ...options }: TuneOptions): Promise<void> {
  const methods = named ?? searchedWith(denoiser);
  const args = ["tune", "--methods", ...methods, "--budget", `${options.budget}`, "--ipc", ipc.join()];
  const more = ["--seeds", options.seeds.join(), ...(denoiser ? ["--denoiser", denoiser] : [])];
  const found = await withHelpers([...args, ...more], options.readOnly ? 0 : jobs - 1, () =>
    tune({ ...options, methods, ipcs: ipc, ...(denoiser ? { denoiser } : {}) }),
  ).catch((error: unknown) => {
    // The library speaks of an experiment, which igds figures would compute: a search is none.
    if (!(error instanceof NothingStored)) throw error;
    throw new Error(
      `Nothing of this search has been computed yet. Leave --read-only out to have that done: igds ${[...args, ...more].join(" ")}`,
      { cause: error },
    );
  });
  if (json) return printJson(found);
  for (const [method, { trials, best }] of Object.entries(found.methods)) {
    const took = sum(trials.flatMap(({ seconds }) => Object.values(seconds)));
    process.stdout.write(`${method} (${trials.length} trials, ${took} s)\n`);
    for (const [images, options] of Object.entries(best)) {
      process.stdout.write(`  IPC ${images}: ${JSON.stringify(options)}\n`);
      for (const trial of trials)
        process.stdout.write(
          `    ${(trial.accuracy[images] ?? []).map((value) => value.toFixed(2)).join(", ")} %  ${JSON.stringify(trial.options)}\n`,
        );
    }
  }
  process.stderr.write(`The record: ${path.relative(process.cwd(), tuningFileOf(denoiser))}\n`);
}

// igds figures: computes the numbers of a figure, runs its notebook, or collects executed notebooks into a report.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { Command, Option } from "commander";
import isEqual from "lodash/isEqual";
import { installed } from "../datasets/dataFolder";
import { protocolNames } from "../evaluate/protocols";
import {
  type ExperimentOptions,
  measureExperiment,
  resultsFile,
  runExperiment,
} from "../experiment/experiment";
import { experimentNames, profiles } from "../experiment/experiments";
import { readPaperSetup } from "../experiment/paperSetup";
import type { Row } from "../experiment/results";
import { contrasts, scoringOf, summarise } from "../experiment/summary";
import { referenceFile } from "../nn/frozenClassifier";
import { joined, readNotebook } from "../notebook/notebookFile";
import { writeReport } from "../notebook/report";
import { linkReport } from "../playground/reportLink";
import { cellsByQueue } from "../queue/cellsByQueue";
import { withHelpers } from "./helpers";
import { executeNotebook, figureNotebook } from "./notebooks";
import { denoiserOption, onlyIf, printJson, wholeNumber, wholeNumbers } from "./options";
import { addressOf } from "./worker";

interface FiguresOptions {
  profile: string;
  computeOnly?: boolean;
  readOnly?: boolean;
  save?: boolean;
  jobs: number;
  ipc?: number[];
  protocol?: string[];
  denoiser?: string;
  queue?: string | boolean;
  from: string;
  report: string;
  title: string;
  json?: boolean;
}

export function figuresCommand(): Command {
  return new Command("figures")
    .description(
      "With NAME: run notebooks/figures/NAME.ipynb, which computes the numbers that its results file does not have yet. " +
        "A run that was broken off goes on where it was. An installed package has no notebooks: there --compute-only " +
        "computes the numbers. Without NAME: collect executed notebooks into one page that " +
        "opens from disk without a network; `npm start` executes the notebooks first and then calls this.",
    )
    .argument("[name]", `figure; those with an experiment: ${experimentNames.join(", ")}`)
    .addOption(
      new Option("--profile <name>", "size of the experiment: quick takes minutes, full hours")
        .choices([...profiles])
        .default("quick"),
    )
    .option("--compute-only", "compute the numbers without the notebook; several calls can share the work")
    .option(
      "--read-only",
      "take the numbers that are there so far, and compute none; sets that a figure shows are made if missing",
    )
    .option("--jobs <n>", "with --compute-only: processes that share the work", wholeNumber(1), 1)
    .option(
      "--ipc <list>",
      "with --compute-only: only sets of these images per class, such as 1,10",
      wholeNumbers(1),
    )
    .addOption(
      new Option(
        "--protocol <names...>",
        "with --compute-only: only numbers by these protocols, such as quick",
      ).choices([...protocolNames]),
    )
    .addOption(denoiserOption("with --compute-only: "))
    .option(
      "--queue [url]",
      "with --compute-only: have the numbers computed by workers (igds worker) that take their work from this Redis server",
    )
    .option("--save", "keep the executed notebook's outputs in notebooks/figures/NAME.ipynb")
    .option("--from <dir>", "folder of executed notebooks", "out/notebooks")
    .option("--report <file>", "page to write", "out/report/index.html")
    .option("--title <text>", "title of the page", "Information-guided diffusion sampling")
    .option("--json", "print the numbers, or what went into the report, as JSON")
    .action((name: string | undefined, options: FiguresOptions) =>
      name !== undefined && options.computeOnly ? compute(name, options) : uncomputed(name, options),
    );
}

/** @throws Error for options that would be passed over, so that no notebook computes for hours what was not asked for. */
async function uncomputed(name: string | undefined, options: FiguresOptions): Promise<void> {
  const { computeOnly = false, ipc, protocol, denoiser, queue, jobs } = options;
  if (computeOnly) throw new Error("--compute-only: expected the NAME of a figure, found none.");
  const only = { ipc, protocol, denoiser, queue, jobs: jobs > 1 ? jobs : undefined };
  onlyIf(computeOnly, "with --compute-only", only);
  return name === undefined ? report(options) : notebook(name, options);
}

async function notebook(name: string, options: FiguresOptions): Promise<void> {
  if (installed) throw new Error(withoutNotebook(name, options.profile));
  const { profile, readOnly, save, json, from } = options;
  const parameters = { profile, ...(readOnly && (await canOnlyRead(name)) ? { readOnly } : {}) };
  const executed = await executeNotebook(name, parameters, from, save === true);
  if (json) printJson({ notebook: executed, profile });
}

/** What to do where there is no notebook. */
function withoutNotebook(name: string, profile: string): string {
  const needs = `The figure ${name} is drawn by a notebook, which takes a clone of the project: the installed package has none.`;
  const computed = (experimentNames as readonly string[]).includes(name);
  return computed
    ? `${needs} Its numbers can be computed here: npx igds figures ${name} --profile ${profile} --compute-only`
    : needs;
}

/** Whether the notebook has the parameter, as one whose numbers belong to no experiment has not; says what happens then. */
async function canOnlyRead(name: string): Promise<boolean> {
  const file = figureNotebook(name);
  // That there is no such notebook is said where it is executed.
  if (!existsSync(file)) return false;
  const { cells } = await readNotebook(file);
  const own = cells.filter(({ metadata }) => metadata?.tags?.includes("parameters"));
  if (own.some(({ source }) => /\breadOnly\b/.test(joined(source)))) return true;
  process.stderr.write(
    `--read-only: the notebook ${name} has no parameter readOnly. It reads the rows that are stored, and computes all else.\n`,
  );
  return false;
}

async function compute(name: string, options: FiguresOptions): Promise<void> {
  const {
    profile,
    computeOnly,
    readOnly = false,
    save,
    jobs,
    ipc,
    protocol,
    denoiser,
    queue,
    json,
  } = options;
  onlyIf(!computeOnly, "without --compute-only", { save });
  onlyIf(!readOnly, "without --read-only", { jobs: jobs > 1 ? jobs : undefined, queue });
  const args = ["figures", name, "--compute-only", "--profile", profile];
  const more = [
    ...(denoiser ? ["--denoiser", denoiser] : []),
    ...(ipc ? ["--ipc", ipc.join()] : []),
    ...(protocol ? ["--protocol", ...protocol] : []),
  ];
  const only = { ...(ipc ? { ipcs: ipc } : {}), ...(protocol ? { protocols: protocol } : {}) };
  const elsewhere = queue
    ? cellsByQueue({
        address: addressOf(queue === true ? undefined : queue),
        profile,
        say: (line) => process.stderr.write(`${line}\n`),
      })
    : undefined;
  const rows = await withHelpers([...args, ...more], elsewhere ? 0 : jobs - 1, () =>
    both(name, {
      profile,
      readOnly,
      ...(denoiser ? { denoiser } : {}),
      ...(elsewhere ? { elsewhere } : {}),
      ...only,
    }),
  );
  const summaries = summarise(rows);
  const tests = contrasts(summaries, "igds");
  if (json)
    return printJson({ file: resultsFile(name, profile), rows: rows.length, summaries, contrasts: tests });
  for (const summary of summaries) {
    const { name: variant, ipc, protocol, labels, last, seeds } = summary;
    const test = tests.find((t) => t.name === variant && isEqual(scoringOf(t), scoringOf(summary)));
    process.stdout.write(
      `IPC ${String(ipc).padEnd(3)} ${protocol}, ${labels}  ${variant.padEnd(24)} ${last.mean.mean.toFixed(1)} +- ` +
        `${last.mean.ci95.toFixed(1)} % (${seeds.length} sets)` +
        `${test ? `  igds ${test.difference.mean > 0 ? "+" : ""}${test.difference.mean.toFixed(1)}, p = ${test.pT.toPrecision(2)}` : ""}\n`,
    );
  }
  process.stderr.write(
    `${rows.length} rows in ${path.relative(process.cwd(), resultsFile(name, profile))}\n`,
  );
}

/** Accuracies, and the measures of the sets; at the paper's scale only where the classifier that measures was trained. */
async function both(name: string, options: ExperimentOptions): Promise<Row[]> {
  const rows = await runExperiment(name, options);
  if (options.readOnly) return rows;
  const paper = options.profile === "paper" ? (await readPaperSetup()).dataset : null;
  const judge = paper === null ? null : referenceFile(paper);
  if (judge === null || existsSync(judge)) await measureExperiment(name, options);
  else
    process.stderr.write(
      `The sets were scored, not measured: that takes a classifier (igds train --model reference --dataset ${paper} --out ${judge}).\n`,
    );
  return rows;
}

async function report(options: FiguresOptions): Promise<void> {
  const notebooks = await findNotebooks(options.from);
  if (notebooks.length === 0)
    throw new Error(
      `No notebook (*.ipynb) under ${options.from}. ` +
        (installed
          ? "Name a folder of executed notebooks: --from DIR"
          : "Execute the notebooks first: npm start"),
    );
  const playground = "playground.html"; // igds playground writes it beside the report
  const beside = path.join(path.dirname(options.report), playground);
  const written = existsSync(beside);
  await writeReport(notebooks, options.report, { title: options.title, ...(written ? { playground } : {}) });
  await linkReport(beside, path.basename(options.report));
  if (options.json) printJson({ report: path.resolve(options.report), notebooks });
  else process.stderr.write(`Wrote ${options.report} from ${notebooks.length} notebooks.\n`);
}

/** Notebooks under a folder: tutorials first, then by path. */
async function findNotebooks(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ipynb"))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    // JupyterLab keeps older states in .ipynb_checkpoints.
    .filter(
      (file) =>
        !path
          .relative(folder, file)
          .split(path.sep)
          .some((part) => part.startsWith(".")),
    );
  const rank = (file: string) => (file.includes(`${path.sep}tutorials${path.sep}`) ? 0 : 1);
  return files.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

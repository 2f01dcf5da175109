// An experiment from its name to its rows: the calls that a notebook and the command line make.
import path from "node:path";
import type { Dataset } from "../datasets/dataset";
import { outFolder } from "../datasets/outFolder";
import type { LabelledSet } from "../evaluate/labelledSet";
import type { Cell } from "./cell";
import type { CellsElsewhere } from "./elsewhere";
import { experimentCells, experimentNames, ownerOf, profileOf } from "./experiments";
import { type GridBar, gridBar } from "./gridBar";
import { type Measure, measureCells, measuresOf } from "./measureCells";
import { Models, type ModelsOptions } from "./models";
import { readPaperSetup } from "./paperSetup";
import type { Row } from "./results";
import { type GridEvent, type RunCellsOptions, rowsOf, runCells } from "./runCells";
import { storedSet } from "./storedSet";
import { resultsFolder } from "./tuned";

/** Which part of an experiment is wanted, on which models, and where its numbers are kept. */
export interface ExperimentOptions extends Omit<ModelsOptions, "onProgress"> {
  /** `quick` (default), `full` or `paper`. */
  readonly profile?: string;
  /** Cells instead of those of the experiment, to be kept in its file. */
  readonly cells?: readonly Cell[];
  /** Only cells with these numbers of images per class. Default: all. */
  readonly ipcs?: readonly number[];
  /** Only cells scored by these protocols. Default: all. */
  readonly protocols?: readonly string[];
  /** File of results. Default: that of the project, or of an installed package one in `out/results`. */
  readonly file?: string;
  /** Folder of the sets. Default: `out/sets`. */
  readonly sets?: string;
  /**
   * Only read the numbers that are there. Default: false, what is missing is computed. Sets whose images are asked for
   * are made where they are missing, either way.
   */
  readonly readOnly?: boolean;
  /**
   * Models that are open already; the caller disposes of them. Default: those of the other options.
   * @internal
   */
  readonly models?: Models;
  /** Default: a progress bar. */
  readonly onProgress?: (event: GridEvent) => void;
  /**
   * Has the numbers computed elsewhere, by the workers of a queue (`igds figures --queue`).
   * @internal
   */
  readonly elsewhere?: CellsElsewhere;
}

/** Where sets are kept, which can be made again. */
export const setsFolder: string = path.join(outFolder, "sets");

/**
 * The file of an experiment: that of profile `full` is committed (a package's user has one of their own), that of `quick` is not
 * and belongs to all experiments, and that of `paper` is kept by whoever has its data.
 */
export function resultsFile(name: string, profile = "full"): string {
  const wanted = profileOf(profile);
  if (wanted === "paper") return path.join(outFolder, "results", `paper-${ownerOf(name)}.jsonl`);
  return wanted === "quick"
    ? path.join(outFolder, "results", ["measures", "bounds"].includes(name) ? `${name}.jsonl` : "quick.jsonl")
    : path.join(resultsFolder, `${ownerOf(name)}.jsonl`);
}

/**
 * The accuracies of an experiment; what is missing is computed first. Stopped at any moment, it goes on where it was.
 *
 * @param name one of `experimentNames`
 * @returns one row per cell, in the order of the cells; with `readOnly` of those cells whose row is there
 * @throws RangeError for an unknown name or profile
 * @throws Error with `readOnly` where no row is there
 * @throws Error for the profile `paper`, saying what it takes
 * @example
 * const rows = await igds.experiment.runExperiment("accuracy-over-ipc", { profile: "full", readOnly: true });
 * igds.experiment.contrasts(igds.experiment.summarise(rows), "igds");
 */
export async function runExperiment(name: string, options: ExperimentOptions = {}): Promise<Row[]> {
  const file = options.file ?? resultsFile(name, options.profile ?? "quick");
  return withModels(name, options, `${name}: networks`, async (cells, models, settings) =>
    options.readOnly
      ? some(await rowsOf(cells, models, [...otherResults(), file]), cells, name, options, file)
      : runCells(cells, models, { ...settings, file, others: otherResults() }),
  );
}

/**
 * The informations and the coverage of an experiment's sets; what is missing is made and measured first.
 *
 * @param name one of `experimentNames`
 * @returns one row per set, in the order of the cells; with `readOnly` of those sets whose row is there
 * @throws as `runExperiment`
 * @example
 * const measures = await igds.experiment.measureExperiment("accuracy-over-ipc", {
 *   profile: "full",
 *   readOnly: true,
 * });
 * igds.experiment.meansOf(measures, ({ contextual }) => contextual.low); // nats
 */
export async function measureExperiment(name: string, options: ExperimentOptions = {}): Promise<Measure[]> {
  const file = options.file ?? resultsFile("measures", options.profile ?? "quick");
  return withModels(name, options, `${name}: measures`, async (cells, models, settings) =>
    options.readOnly
      ? some(await measuresOf(cells, models, file), cells, name, options, file)
      : measureCells(cells, models, { ...settings, file }),
  );
}

/** None of the numbers that were only to be read is there. */
export class NothingStored extends Error {}

/** What was read. A figure of nothing would say less clearly what is missing. @throws NothingStored where nothing is there */
function some<T>(
  rows: T[],
  { length }: readonly Cell[],
  name: string,
  { profile = "quick" }: ExperimentOptions,
  file: string,
): T[] {
  if (rows.length > 0 || length === 0) return rows;
  throw new NothingStored(
    `${name}, profile ${profile}: expected some of its ${length} numbers in ${path.relative(process.cwd(), file)}, ` +
      "found none. Leave readOnly (--read-only) out to have them computed, or compute them first: " +
      `igds figures ${name} --profile ${profile} --compute-only`,
  );
}

async function withModels<T>(
  name: string,
  options: ExperimentOptions,
  label: string,
  work: (cells: readonly Cell[], models: Models, settings: Omit<RunCellsOptions, "file">) => Promise<T>,
): Promise<T> {
  const { profile = "quick", sets = setsFolder, ipcs, protocols, onProgress, elsewhere } = options;
  const all = options.cells ?? (await experimentCells(name, profile));
  const cells = all.filter(
    ({ ipc, protocol }) => (ipcs?.includes(ipc) ?? true) && (protocols?.includes(protocol) ?? true),
  );
  const models = options.models ?? (await modelsFor(profile, options as ModelsOptions));
  const bar: GridBar | null = onProgress ? null : gridBar(label);
  try {
    return await work(cells, models, {
      sets,
      onProgress: onProgress ?? bar?.set ?? (() => {}),
      ...(elsewhere ? { elsewhere } : {}),
    });
  } finally {
    await bar?.finish();
    if (!options.models) await models.dispose();
  }
}

/** What a profile runs on. */
export async function modelsFor(profile: string, options: ModelsOptions): Promise<Models> {
  if (profileOf(profile) !== "paper") return new Models(options);
  const { dataset, folder, size, denoiser, vae, classifier } = await readPaperSetup();
  return new Models({ dataset, folder, size, denoiser, vae, classifier, ...options });
}

/**
 * The dataset that a profile's sets are of, whole.
 *
 * @param profile Fashion-MNIST for `quick` and `full`, that of its setup for `paper`
 * @throws as `runExperiment`
 * @example
 * const { classes } = await igds.experiment.experimentDataset("quick"); // those of Fashion-MNIST
 */
export async function experimentDataset(profile = "quick"): Promise<Dataset> {
  return (await modelsFor(profile, {})).dataset();
}

/** All committed files of accuracies, and that of the search for settings. */
function otherResults(): string[] {
  const owners = new Set(["tuning", ...experimentNames.map(ownerOf)]);
  return [...owners].map((name) => path.join(resultsFolder, `${name}.jsonl`));
}

/** A set of an experiment. */
export interface ExperimentSet extends LabelledSet {
  /** Of the variant. */
  readonly name: string;
  /** Images per class. */
  readonly ipc: number;
  /** What it was made from. */
  readonly seed: number;
  /** Where it is kept: FOLDER/<class>/<i>.png and a manifest. */
  readonly folder: string;
}

/**
 * The sets of an experiment from one generation seed, as images; those that are missing are made, also with `readOnly`.
 *
 * @param name one of `experimentNames`
 * @param options `names` of variants choose among them; `seed` is the first of the experiment unless told
 * @returns one set per variant and IPC, in the order of the cells
 * @throws RangeError for an unknown name or profile
 * @example
 * const [set] = await igds.experiment.experimentSets("accuracy-over-ipc", { names: ["random"], ipcs: [1] });
 * igds.grid(set, { classes: (await igds.experiment.experimentDataset()).classes });
 */
export async function experimentSets(
  name: string,
  options: ExperimentOptions & {
    readonly names?: readonly string[];
    readonly seed?: number;
  } = {},
): Promise<ExperimentSet[]> {
  const { names } = options;
  return withModels(name, options, `${name}: sets`, async (cells, models, { sets, onProgress }) => {
    const seed = options.seed ?? cells[0]?.seed;
    const wanted = new Map<string, Cell>();
    for (const cell of cells) {
      const { variant, ipc } = cell;
      if (cell.seed === seed && (names?.includes(variant.name) ?? true))
        wanted.set(`${variant.name}\n${ipc}`, cell);
    }
    const found: ExperimentSet[] = [];
    for (const cell of wanted.values()) {
      const { images, labels, folder } = await storedSet(cell, models, sets);
      found.push({ name: cell.variant.name, ipc: cell.ipc, seed: cell.seed, images, labels, folder });
      const [total, done] = [wanted.size, found.length];
      onProgress?.({ cells: total, done, share: done / total, remark: cell.variant.name });
    }
    return found;
  });
}

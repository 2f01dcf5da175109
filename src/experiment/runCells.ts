// The numbers of an experiment's cells: sets made, networks trained and tested.
import { evaluateSet } from "../evaluate/evaluateSet";
import { machine } from "../tensor/machine";
import type { Cell } from "./cell";
import { type CellsElsewhere, dispatcher } from "./elsewhere";
import { Forecast } from "./forecast";
import type { Models } from "./models";
import { type Row, readResults, rowSchema } from "./results";
import { cellSettings, setClaim, shortHash, trainingOf } from "./settings";
import { storedSet } from "./storedSet";
import { type Task, workThrough } from "./work";

/** What remains to be done, after each step of the work. */
export interface GridEvent {
  /** Cells that this call found missing. */
  readonly cells: number;
  /** How many of them are there now, whoever computed them. */
  readonly done: number;
  /** Share of the expected time that is over, 0 .. 1. */
  readonly share: number;
  /** What was computed last, or is being waited for. */
  readonly remark: string;
}

export interface RunCellsOptions {
  /** File of results. */
  readonly file: string;
  /** Files of other experiments: a row that is there is copied instead of computed. */
  readonly others?: readonly string[];
  /** Folder of the stored sets. */
  readonly sets: string;
  readonly onProgress?: (event: GridEvent) => void;
  /** Has cells done elsewhere, such as by the workers of a queue. Default: by this process. */
  readonly elsewhere?: CellsElsewhere;
}

/** The rows of the cells that are there in any of the files, in the order of the cells; nothing is computed. */
export async function rowsOf(
  cells: readonly Cell[],
  models: Models,
  files: readonly string[],
): Promise<Row[]> {
  const rows = (await Promise.all(files.map((file) => readResults(file)))).flat();
  const keys = await Promise.all(cells.map((cell) => keyOf(cell, models)));
  return inOrder(cells, keys, new Map(rows.map((row) => [row.key, row])));
}

/** Hash of everything that the number of a cell depends on. */
export async function keyOf(cell: Cell, models: Models): Promise<string> {
  return shortHash(await cellSettings(cell, models));
}

/**
 * Computes what is missing, each cell claimed by its set.
 *
 * @returns the rows of all cells, in their order
 * @throws what a method or the evaluation throws; rows computed before are kept
 */
export async function runCells(
  cells: readonly Cell[],
  models: Models,
  { file, others = [], sets, onProgress = () => {}, elsewhere }: RunCellsOptions,
): Promise<Row[]> {
  const cellOf = new Map<Task<Row>, Cell>();
  const tasks = await Promise.all(
    cells.map(async (cell) => {
      const settings = await cellSettings(cell, models);
      const key = shortHash(settings);
      const compute = () => runCell(cell, key, models, sets);
      const task = { key, claim: setClaim(settings.set, sets), name: cell.variant.name, compute };
      cellOf.set(task, cell);
      return task;
    }),
  );
  let forecast = new Forecast([], []);
  const report = (remark: string) =>
    onProgress({ cells: forecast.cells, done: forecast.done, share: forecast.share, remark });
  const rows = await workThrough(tasks, {
    file,
    others,
    schema: rowSchema,
    ...(elsewhere
      ? { dispatch: dispatcher(elsewhere, "score", (task) => cellOf.get(task) as Cell, rowSchema) }
      : {}),
    onStart: (missing, known) => {
      forecast = new Forecast(
        known,
        missing.map((task) => cellOf.get(task) as Cell),
      );
      if (missing.length > 0) report("");
    },
    onRow: (task, row) => {
      forecast.finished(cellOf.get(task) as Cell, row);
      report(`${row.name}, IPC ${row.ipc}, seed ${row.seed}: ${row.last.toFixed(1)} %`);
    },
    onWait: (left) => report(`waiting for another process: ${left} left`),
  });
  return inOrder(
    cells,
    tasks.map(({ key }) => key),
    rows,
  );
}

function inOrder(cells: readonly Cell[], keys: readonly string[], rows: ReadonlyMap<string, Row>): Row[] {
  return keys.flatMap((key, i) => {
    const row = rows.get(key);
    return row ? [{ ...row, name: cells[i].variant.name }] : [];
  });
}

/** The row of a cell: its set is made below `sets`, or found there, and scored. */
export async function runCell(cell: Cell, key: string, models: Models, sets: string): Promise<Row> {
  const set = await storedSet(cell, models, sets);
  const dataset = await models.dataset();
  const { variant, ipc, seed, training, protocol, labels, on } = cell;
  const start = performance.now();
  const reference = labels === "soft" ? await models.reference() : null;
  const targets = reference ? { targets: reference.probabilities(set.images) } : {};
  const { last, best, steps } = await evaluateSet(
    { images: set.images, labels: set.labels, ...targets },
    dataset,
    {
      protocol,
      seeds: [training],
      on,
      ...trainingOf(cell),
    },
  );
  const { sampling, guidance, method, denoiser, classifier } = set.settings;
  return {
    key,
    name: variant.name,
    method,
    ipc,
    seed,
    training,
    protocol,
    steps,
    labels,
    on,
    last: rounded(last.mean),
    best: rounded(best.mean),
    seconds: {
      set: set.seconds === null ? null : Math.round(set.seconds * 10) / 10,
      training: Math.round((performance.now() - start) / 100) / 10,
    },
    set: set.hash,
    dataset: dataset.name,
    sampling,
    guidance: guidance && (JSON.parse(JSON.stringify(guidance)) as Row["guidance"]),
    denoiser,
    classifier,
    reference: reference ? await models.hash(models.referenceFile) : null,
    machine: machine(),
  };
}

/** Percent with two digits: a single test image counts 0.01. */
function rounded(percent: number): number {
  return Math.round(percent * 100) / 100;
}

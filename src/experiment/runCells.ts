// Computes the cells of an experiment that its file of results does not have yet. It can be stopped at any moment, and
// several processes can work at the same file: each cell is claimed by its set.
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { evaluateSet } from "../evaluate/evaluateSet";
import { protocolOf } from "../evaluate/protocols";
import { pause } from "../tensor/pause";
import type { Cell } from "./cell";
import { claim } from "./claim";
import { Forecast } from "./forecast";
import { machine } from "./machine";
import type { Models } from "./models";
import { appendRow, type Row, readResults } from "./results";
import { cellSettings, setSettings, shortHash } from "./settings";
import { storedSet } from "./storedSet";

/** What remains to be done, after each step of the work. */
export interface GridEvent {
  /** Cells that this call found missing, and how many of them are there now, whoever computed them. */
  readonly cells: number;
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
}

interface Keyed {
  readonly cell: Cell;
  readonly key: string;
  /** Stands for the set, with "auto" as it is. */
  readonly claim: string;
}

/** The rows of the cells that are there, in the order of the cells; nothing is computed. */
export async function rowsOf(cells: readonly Cell[], models: Models, file: string): Promise<Row[]> {
  const rows = byKey(await readResults(file));
  const keys = await Promise.all(cells.map((cell) => keyOf(cell, models)));
  return keys.flatMap((key, i) => {
    const row = rows.get(key);
    return row ? [{ ...row, name: cells[i].variant.name }] : [];
  });
}

/** Hash of everything that the number of a cell depends on. */
export async function keyOf(cell: Cell, models: Models): Promise<string> {
  return shortHash(await cellSettings(cell, models));
}

/**
 * Computes what is missing.
 *
 * @returns the rows of all cells, in their order
 * @throws what a method or the evaluation throws; rows computed before are kept
 */
export async function runCells(
  cells: readonly Cell[],
  models: Models,
  { file, others = [], sets, onProgress = () => {} }: RunCellsOptions,
): Promise<Row[]> {
  const keyed = await Promise.all(
    cells.map(async (cell): Promise<Keyed> => {
      const name = shortHash(await setSettings(cell, models));
      return { cell, key: await keyOf(cell, models), claim: path.join(sets, `${name}.claim`) };
    }),
  );
  const known = byKey(await readResults(file));
  await copyKnown(keyed, known, file, others);
  let missing = keyed.filter(({ key }) => !known.has(key));
  const forecast = new Forecast(
    [...known.values()],
    missing.map(({ cell }) => cell),
  );
  const report = (remark: string) =>
    onProgress({ cells: forecast.cells, done: forecast.done, share: forecast.share, remark });
  const finish = ({ cell }: Keyed, row: Row) => {
    forecast.finished(cell, row);
    report(`${row.name}, IPC ${row.ipc}, seed ${row.seed}: ${row.last.toFixed(1)} %`);
  };
  if (missing.length > 0) report("");
  while (missing.length > 0) {
    let idle = true;
    const left: Keyed[] = [];
    for (const item of missing) {
      const release = await claim(item.claim);
      if (!release) {
        left.push(item);
        continue;
      }
      try {
        // Another process may have finished it since.
        let row = byKey(await readResults(file)).get(item.key);
        if (!row) {
          row = await runCell(item, models, sets);
          await appendRow(file, row);
        }
        finish(item, row);
        idle = false;
      } finally {
        await release();
      }
      await pause();
    }
    missing = left;
    if (idle && missing.length > 0) {
      report(`waiting for another process: ${missing.length} left`);
      await setTimeout(1000);
    }
  }
  return rowsOf(cells, models, file);
}

async function runCell({ cell, key }: Keyed, models: Models, sets: string): Promise<Row> {
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
      ...(cell.steps === undefined
        ? {}
        : { steps: cell.steps, checkpoints: Math.min(cell.steps, protocolOf(protocol).checkpoints) }),
    },
  );
  const { sampling, guidance, method, denoiser, classifier } = set.settings;
  const plain = (value: object | null) => value && (JSON.parse(JSON.stringify(value)) as Row["sampling"]);
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
    sampling: plain(sampling),
    guidance: plain(guidance),
    denoiser,
    classifier,
    reference: reference ? await models.hash(models.referenceFile) : null,
    machine: machine(),
  };
}

/** Takes over rows from other files. */
async function copyKnown(
  keyed: readonly Keyed[],
  known: Map<string, Row>,
  file: string,
  others: readonly string[],
): Promise<void> {
  const elsewhere = new Map<string, Row>();
  for (const other of others.filter((name) => path.resolve(name) !== path.resolve(file)))
    for (const row of await readResults(other)) elsewhere.set(row.key, row);
  for (const { key, cell } of keyed) {
    const row = elsewhere.get(key);
    if (!row || known.has(key)) continue;
    const own = { ...row, name: cell.variant.name };
    await appendRow(file, own);
    known.set(key, own);
  }
}

function byKey(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.key, row]));
}

/** Percent with two digits: a single test image counts 0.01. */
function rounded(percent: number): number {
  return Math.round(percent * 100) / 100;
}

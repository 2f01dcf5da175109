// What the sets of an experiment are like, apart from what networks learn of them: both informations by their bounds,
// and how well they cover the real images. One row per set, kept in a file as the accuracies are.
import { z } from "zod";
import { gather } from "../datasets/batches";
import { developmentSplit } from "../datasets/development";
import { informationMeter } from "../evaluate/auditInformation";
import { RealManifold } from "../evaluate/coverage";
import { roundToBytes } from "../evaluate/labelledSet";
import type { Cell } from "./cell";
import { dispatcher } from "./elsewhere";
import type { Models } from "./models";
import { Remembered } from "./remembered";
import { readRows } from "./results";
import type { RunCellsOptions } from "./runCells";
import { setClaim, setSettings, shortHash } from "./settings";
import { storedSet } from "./storedSet";
import { type Task, workThrough } from "./work";

/** Changes when the measures do: rows of before are then measured again. */
const VERSION = 1;

const measureSchema = z.object({
  /** Hash of the set's settings, of the judge and of the way of measuring. */
  key: z.string(),
  /** Of the variant. */
  name: z.string(),
  /** What made the set. */
  method: z.string(),
  /** Images per class. */
  ipc: z.int().positive(),
  /** Of the set. */
  seed: z.int(),
  /** Barber and Agakov's lower bound on I(X;Y) by the reference classifier, nats, at most ln C. */
  prototype: z.number(),
  /** Bounds on the contextual information, nats, between 0 and the ceiling; see evaluate/auditInformation.ts. */
  contextual: z.object({ low: z.number(), high: z.number(), context: z.number(), cmi: z.number() }),
  /** ln IPC, nats. */
  ceiling: z.number(),
  /** Against held-out real images in the reference's features; null where a set is too small for it. */
  coverage: z.object({
    precision: z.number(),
    recall: z.number().nullable(),
    density: z.number(),
    coverage: z.number(),
    frechet: z.number(),
    vendi: z.number(),
  }),
  /** Hash of the images of the set, in label order. */
  set: z.string(),
});

/**
 * The measures of one set.
 * @interface
 */
export type Measure = z.infer<typeof measureSchema>;

/** Hash of everything that the measures of a cell's set depend on. */
export async function measureKeyOf(cell: Cell, models: Models): Promise<string> {
  const judge = await models.hash(models.referenceFile);
  return shortHash({ version: VERSION, set: await setSettings(cell, models), judge });
}

/** The measures of the cells' sets that are there, each set once, in the order of the cells; nothing is computed. */
export async function measuresOf(cells: readonly Cell[], models: Models, file: string): Promise<Measure[]> {
  const rows = new Map((await readRows(file, measureSchema)).map((row) => [row.key, row]));
  return inOrder(await setCells(cells, models), rows);
}

/** Measures sets, each made below `sets`, or found there; what the measures need is made once. */
export function cellMeter(models: Models, sets: string): (cell: Cell, key: string) => Promise<Measure> {
  const meters = new Remembered(async (ipc: number) => {
    const [dataset, reference] = await Promise.all([models.dataset(), models.reference()]);
    const judge = {
      name: "reference",
      temperature: reference.temperature,
      logits: reference.logits.bind(reference),
    };
    return informationMeter(
      dataset.classes.map(() => ipc),
      dataset,
      [judge],
    );
  });
  const manifold = new Remembered(async () => {
    const [dataset, reference] = await Promise.all([models.dataset(), models.reference()]);
    const { heldOut } = developmentSplit(dataset);
    const real = reference.features(gather(dataset.train, dataset.shape, heldOut));
    return new RealManifold(real, reference.featureCount);
  });
  return async (cell, key) => {
    const set = await storedSet(cell, models, sets);
    const reference = await models.reference();
    const { ipc, seed, variant } = cell;
    const meter = await meters.get(ipc);
    const images = roundToBytes(set.images);
    const { prototype, contextual } = meter.measure({ images, labels: set.labels });
    const coverage = (await manifold.get()).coverageOf(reference.features(images));
    return {
      key,
      name: variant.name,
      method: set.settings.method,
      ipc,
      seed,
      prototype: short(prototype[0].bound),
      contextual: {
        low: short(contextual.mixture.low),
        high: short(contextual.mixture.high),
        context: short(contextual.context),
        cmi: short(contextual.cmi),
      },
      ceiling: short(meter.ceiling),
      coverage: {
        precision: short(coverage.precision),
        recall: Number.isNaN(coverage.recall) ? null : short(coverage.recall),
        density: short(coverage.density),
        coverage: short(coverage.coverage),
        frechet: short(coverage.frechet),
        vendi: short(coverage.vendi),
      },
      set: set.hash,
    };
  };
}

/**
 * Measures the sets of the cells; sets that are missing are made.
 * @returns one row per set, in the order of the cells
 */
export async function measureCells(
  cells: readonly Cell[],
  models: Models,
  { file, others = [], sets, onProgress = () => {}, elsewhere }: RunCellsOptions,
): Promise<Measure[]> {
  const byKey = await setCells(cells, models);
  const measure = cellMeter(models, sets);
  const tasks = await Promise.all(
    [...byKey].map(async ([key, cell]): Promise<Task<Measure>> => {
      // That of the set, which another process may be making for its accuracy.
      const claim = setClaim(await setSettings(cell, models), sets);
      return { key, claim, name: cell.variant.name, compute: () => measure(cell, key) };
    }),
  );
  let [total, done] = [0, 0];
  const report = (remark: string) =>
    onProgress({ cells: total, done, share: total ? done / total : 1, remark });
  const rows = await workThrough(tasks, {
    file,
    others,
    schema: measureSchema,
    ...(elsewhere
      ? { dispatch: dispatcher(elsewhere, "measure", ({ key }) => byKey.get(key) as Cell, measureSchema) }
      : {}),
    onStart: (missing) => {
      total = missing.length;
      if (total > 0) report("");
    },
    onRow: (_, { name, ipc, seed }) => {
      done++;
      report(`measured ${name}, IPC ${ipc}, seed ${seed}`);
    },
    onWait: (left) => report(`waiting for another process: ${left} left`),
  });
  return inOrder(byKey, rows);
}

/** One cell for each different set, by key. */
async function setCells(cells: readonly Cell[], models: Models): Promise<Map<string, Cell>> {
  const found = new Map<string, Cell>();
  for (const cell of cells) {
    const key = await measureKeyOf(cell, models);
    if (!found.has(key)) found.set(key, cell);
  }
  return found;
}

function inOrder(cells: ReadonlyMap<string, Cell>, rows: ReadonlyMap<string, Measure>): Measure[] {
  return [...cells].flatMap(([key, { variant }]) => {
    const row = rows.get(key);
    return row ? [{ ...row, name: variant.name }] : [];
  });
}

/** Five digits. */
function short(value: number): number {
  return Number(value.toPrecision(5));
}

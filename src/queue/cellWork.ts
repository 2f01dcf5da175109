// A cell's job, done by a worker.
import { setOptions } from "../distill/distill";
import { libraryVersion } from "../distill/manifest";
import type { Cell } from "../experiment/cell";
import { cellMeter, measureKeyOf } from "../experiment/measureCells";
import type { Models } from "../experiment/models";
import { keyOf, runCell } from "../experiment/runCells";
import { setClaim, setSettings } from "../experiment/settings";
import { claim } from "../tensor/claim";
import { cellJobSchema, cellOf } from "./cellJob";
import { parsePayload } from "./jobs";
import { orRefuse, Refusal } from "./runFile";

/** The set of the job is in another worker's hands. */
export class Busy extends Error {
  override readonly name = "Busy";
}

export interface CellTools {
  /** Folder of the stored sets; workers that see the same make each set once. */
  readonly sets: string;
  /** What a profile runs on; asked again it gives the same. */
  readonly models: (profile: string) => Promise<Models>;
}

/** Does cells, and keeps what the measures need. */
export function cellWorker({ sets, models }: CellTools): (payload: unknown) => Promise<unknown> {
  const meters = new Map<Models, (cell: Cell, key: string) => Promise<unknown>>();
  const meterOf = (known: Models) => {
    const meter = meters.get(known) ?? cellMeter(known, sets);
    meters.set(known, meter);
    return meter;
  };
  return async (payload) => {
    const job = parsePayload(cellJobSchema, payload);
    const cell = cellOf(job);
    if (job.igds !== libraryVersion())
      throw new Refusal(
        `Expected version ${job.igds} of the library, found ${libraryVersion()}. Update one of them.`,
      );
    // Settings that are none are so everywhere: they are no reason to refuse, and the cell is parked.
    setOptions({ ...cell.variant.options, ipc: cell.ipc, seed: cell.seed });
    const known = await orRefuse(`the models of profile ${job.profile}`, () => models(job.profile));
    const key = await orRefuse("the weights of the cell", () =>
      (job.what === "score" ? keyOf : measureKeyOf)(cell, known),
    );
    if (key !== job.key)
      throw new Refusal(
        `This worker would compute another number: its settings and weights hash to ${key}, expected ${job.key}. ` +
          "Give it the same checkpoints and version as the one that runs igds figures, and start it again.",
      );
    const release = await claim(setClaim(await setSettings(cell, known), sets));
    if (!release) throw new Busy("Another worker has the set in hand.");
    try {
      return await (job.what === "score" ? runCell(cell, key, known, sets) : meterOf(known)(cell, key));
    } finally {
      await release();
    }
  };
}

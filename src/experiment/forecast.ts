// How long the cells that are left will take: by what like cells took, and before there is one, by a rule of thumb.

import { selects } from "../distill/methods";
import { samplingOf } from "../distill/settings";
import { protocolOf, stepsFor } from "../evaluate/protocols";
import type { Cell } from "./cell";
import type { Row } from "./results";

/** Seconds per image and denoising step, and per image and training step, on two cores. Only their ratio matters much. */
const SAMPLING = 0.006;
const TRAINING = 0.0002;
const CLASSES = 10;

export class Forecast {
  readonly cells: number;
  done = 0;
  private readonly left: Set<Cell>;
  private readonly seen = new Map<string, { sum: number; count: number }>();
  private spent = 0;

  constructor(known: readonly Row[], missing: readonly Cell[]) {
    this.cells = missing.length;
    this.left = new Set(missing);
    for (const row of known) this.learn(row);
  }

  /** A cell is there, computed here or elsewhere. */
  finished(cell: Cell, row: Row): void {
    this.learn(row);
    this.left.delete(cell);
    this.done++;
    this.spent += (row.seconds.set ?? 0) + row.seconds.training;
  }

  /** Share of all expected seconds that is over. */
  get share(): number {
    if (this.left.size === 0) return 1;
    const sets = new Set<string>();
    let rest = 0;
    for (const cell of this.left) {
      const { variant, ipc, seed, training, protocol } = cell;
      const set = `${variant.name} ${ipc} ${seed}`;
      // The first network of a set is trained right after the set is made.
      if (training === 0 && !sets.has(set))
        rest += this.average(`set ${variant.name} ${ipc}`) ?? setSeconds(cell);
      sets.add(set);
      rest += this.average(`training ${protocol} ${ipc}`) ?? trainingSeconds(cell);
    }
    return this.spent / (this.spent + rest);
  }

  private learn({ name, ipc, protocol, seconds }: Row): void {
    if (seconds.set !== null) this.add(`set ${name} ${ipc}`, seconds.set);
    this.add(`training ${protocol} ${ipc}`, seconds.training);
  }

  private add(name: string, seconds: number): void {
    const { sum, count } = this.seen.get(name) ?? { sum: 0, count: 0 };
    this.seen.set(name, { sum: sum + seconds, count: count + 1 });
  }

  private average(name: string): number | undefined {
    const found = this.seen.get(name);
    return found && found.sum / found.count;
  }
}

function setSeconds({ variant, ipc }: Cell): number {
  const { method, gradient } = variant.options;
  if (selects(method)) return 5;
  return SAMPLING * CLASSES * ipc * samplingOf(variant.options).steps * (gradient === "exact" ? 3 : 1);
}

function trainingSeconds({ protocol, steps, ipc }: Cell): number {
  const settings = protocolOf(protocol);
  const images = CLASSES * ipc;
  return 3 + TRAINING * (steps ?? stepsFor(settings, images)) * Math.min(settings.batch, images);
}

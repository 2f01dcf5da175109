// Accuracy of networks trained on distilled sets, over the number of images per class.
import type { Figure } from "./figure";
import { overIpc } from "./overIpc";
import { methodLabel } from "./theme";

/** Accuracy of one method at one IPC: mean over its sets with its 95 % interval, in percent. */
export interface AccuracyRow {
  /** Its name. */
  readonly method: string;
  /** Images per class. */
  readonly ipc: number;
  /** Percent, 0..100. */
  readonly mean: number;
  /** Half width of the 95 % interval, in percentage points. */
  readonly ci95: number;
  /** Sets behind the mean. */
  readonly n: number;
}

/** How accuracies are drawn. */
export interface AccuracyOptions {
  /** Of the figure. Default: what it shows. */
  readonly title?: string;
  /** Accuracy of guessing, percent: drawn as a dashed line. */
  readonly chance?: number;
  /** The methods that the figure is about; the others are grey and thin. Default: all. */
  readonly about?: readonly string[];
}

/**
 * Points with 95 % intervals for every method over IPC; methods are set side by side at each IPC.
 * @throws RangeError if there is no row
 * @example
 * igds.figure(
 *   igds.plot.accuracyOverIpc([{ method: "igds", ipc: 10, mean: 74.8, ci95: 1.2, n: 3 }], { chance: 10 }),
 * )
 */
export function accuracyOverIpc(rows: readonly AccuracyRow[], options: AccuracyOptions = {}): Figure {
  const { title = "Test accuracy of networks trained on the distilled set", chance, about } = options;
  return overIpc(rows.map(named), {
    title,
    quantity: "test accuracy",
    unit: "%",
    digits: 1,
    ...(chance === undefined ? {} : { level: { name: "guessing", at: chance } }),
    ...(about ? { about } : {}),
  });
}

/** Which gains are drawn, and how. */
export interface GainOptions {
  /** The method that the others are compared with. Default: plain diffusion. */
  readonly baseline?: string;
  /** Of the figure. Default: what it shows. */
  readonly title?: string;
}

/**
 * Accuracy minus that of a baseline at the same IPC, in percentage points. The intervals are those of a difference
 * of independent means: the root of the sum of squares.
 * @throws RangeError if the baseline is missing at an IPC, or there is nothing but it
 * @example
 * igds.figure(igds.plot.gainOverIpc([
 *   { method: "igds", ipc: 10, mean: 74.8, ci95: 1.2, n: 3 },
 *   { method: "diffusion", ipc: 10, mean: 72.0, ci95: 1.6, n: 3 },
 * ]))
 */
export function gainOverIpc(rows: readonly AccuracyRow[], options: GainOptions = {}): Figure {
  const { baseline = "diffusion", title = `Gain over ${methodLabel(baseline)}` } = options;
  const base = new Map(rows.filter(({ method }) => method === baseline).map((row) => [row.ipc, row]));
  const gains = rows
    .filter(({ method }) => method !== baseline)
    .map((row) => {
      const zero = base.get(row.ipc);
      if (!zero) throw new RangeError(`gainOverIpc: no row of the baseline "${baseline}" at IPC ${row.ipc}.`);
      return { ...named(row), mean: row.mean - zero.mean, ci95: Math.hypot(row.ci95, zero.ci95) };
    });
  return overIpc(gains, {
    title,
    quantity: "gain in test accuracy",
    unit: "percentage points",
    digits: 1,
    zero: true,
  });
}

function named({ method, ...row }: AccuracyRow) {
  return { name: method, ...row };
}

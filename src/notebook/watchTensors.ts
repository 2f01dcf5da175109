// A warning when tensors are left behind by cell after cell. It has to be asked for, because a notebook that loads
// models or keeps results on purpose grows too.
import { tf } from "../tensor/engine";

/** Growth in so many cells in a row is told. */
const patience = 3;

/** Counts live tensors after each cell and says when they keep growing. */
export class TensorWatch {
  private readonly before: number[];

  constructor(count: number) {
    this.before = [count];
  }

  /**
   * To be called after each cell.
   * @returns what to say, if the count has grown in each of the last three cells
   */
  cellEnded(count: number): string | undefined {
    if (count <= this.before.at(-1)!) this.before.length = 0;
    this.before.push(count);
    if (this.before.length <= patience) return undefined;
    const grown = count - this.before[0]!;
    this.before.splice(0, this.before.length, count);
    return (
      `${grown} tensors more are alive than ${patience} cells ago (${count} in all). Tensors are not freed by ` +
      "themselves: put the work into tf.tidy(() => ...), or call .dispose() on those that you no longer need. " +
      "igds.watchTensors(false) ends this warning."
    );
  }
}

let stop: (() => void) | undefined;

type AfterCell = (listener: () => void) => () => void;

/**
 * Warns from now on when the number of live tensors grows three cells in a row; `false` ends it.
 * @returns whether tensors are watched: only kernels that tell when a cell ends make it possible
 * @example igds.watchTensors()
 */
export function watchTensors(on = true): boolean {
  stop?.();
  stop = undefined;
  const afterCell = (globalThis as { [afterCellSymbol]?: AfterCell })[afterCellSymbol];
  if (!on || !afterCell) return false;
  const watch = new TensorWatch(tf.memory().numTensors);
  stop = afterCell(() => {
    const warning = watch.cellEnded(tf.memory().numTensors);
    if (warning) console.warn(warning);
  });
  return true;
}

const afterCellSymbol: unique symbol = Symbol.for("Jupyter.afterCell");

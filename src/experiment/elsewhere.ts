// Numbers of an experiment that are not computed by the process that keeps them.
import type { z } from "zod";
import type { Cell } from "./cell";
import type { Keyed } from "./results";
import type { Dispatch, Task } from "./work";

/** What is asked of a cell: to score its set by a network, or to measure what the set is like. */
export type CellWork = "score" | "measure";

/** A cell and the hash of all that its row depends on. */
interface KeyedCell {
  /** 16 hexadecimal digits. */
  readonly key: string;
  /** What is wanted. */
  readonly cell: Cell;
}

/** Has cells scored, or their sets measured, elsewhere; hands over each row as it comes. */
export type CellsElsewhere = <R extends Keyed>(
  what: CellWork,
  cells: readonly KeyedCell[],
  schema: z.ZodType<R>,
  onRow: (key: string, row: R) => Promise<void>,
) => Promise<void>;

/** The same as a dispatcher of tasks. */
export function dispatcher<R extends Keyed>(
  elsewhere: CellsElsewhere,
  what: CellWork,
  cellOf: (task: Task<R>) => Cell,
  schema: z.ZodType<R>,
): Dispatch<R> {
  return (tasks, onRow) => {
    const byKey = new Map(tasks.map((task) => [task.key, task]));
    return elsewhere(
      what,
      tasks.map((task) => ({ key: task.key, cell: cellOf(task) })),
      schema,
      (key, row) => onRow(byKey.get(key) as Task<R>, row),
    );
  };
}

// Does what a file of results does not have yet. It can be stopped at any moment, and several processes can work at the
// same file: each task is claimed.
import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import type { z } from "zod";
import { claim } from "../tensor/claim";
import { pause } from "../tensor/pause";
import { appendRow, type Keyed, readRows } from "./results";

/** What makes one row. */
export interface Task<R extends Keyed> {
  /** Of the row: stands for all that it depends on. */
  readonly key: string;
  /** File whose claim keeps other processes off; tasks that share something costly share it. */
  readonly claim: string;
  /** Name of the row here; a row from another file may bear another. */
  readonly name: string;
  readonly compute: () => Promise<R>;
}

/** Has tasks done elsewhere, and hands over their rows as they come, in any order. */
export type Dispatch<R extends Keyed> = (
  tasks: readonly Task<R>[],
  onRow: (task: Task<R>, row: R) => Promise<void>,
) => Promise<void>;

export interface WorkOptions<R extends Keyed> {
  readonly file: string;
  readonly schema: z.ZodType<R>;
  /** Files from which a row is copied instead of computed. */
  readonly others?: readonly string[];
  /** Told what is missing, before anything is computed. */
  readonly onStart?: (missing: readonly Task<R>[], known: readonly R[]) => void;
  readonly onRow?: (task: Task<R>, row: R) => void;
  readonly onWait?: (left: number) => void;
  /** Default: this process does them, beside others that work at the same file. */
  readonly dispatch?: Dispatch<R>;
}

/**
 * @returns the rows by key, all tasks among them
 * @throws what a task throws; rows made before are kept
 */
export async function workThrough<R extends Keyed & { name: string }>(
  tasks: readonly Task<R>[],
  { file, schema, others = [], onStart, onRow, onWait, dispatch }: WorkOptions<R>,
): Promise<Map<string, R>> {
  const known = byKey(await readRows(file, schema));
  await copyKnown(tasks, known, file, others, schema);
  await removeDeadClaims(tasks.filter(({ key }) => known.has(key)));
  let missing = tasks.filter(({ key }) => !known.has(key));
  onStart?.(missing, [...known.values()]);
  if (dispatch && missing.length > 0) {
    await dispatch(missing, async (task, row) => {
      await appendRow(file, row);
      onRow?.(task, row);
    });
    missing = [];
  }
  while (missing.length > 0) {
    let idle = true;
    const left: Task<R>[] = [];
    for (const task of missing) {
      const release = await claim(task.claim);
      if (!release) {
        left.push(task);
        continue;
      }
      try {
        // Another process may have finished it since.
        let row = byKey(await readRows(file, schema)).get(task.key);
        if (!row) {
          row = await task.compute();
          await appendRow(file, row);
        }
        onRow?.(task, row);
        idle = false;
      } finally {
        await release();
      }
      await pause();
    }
    missing = left;
    if (idle && missing.length > 0) {
      onWait?.(missing.length);
      await setTimeout(1000);
    }
  }
  return byKey(await readRows(file, schema));
}

/** A process that was killed right after it had written its row has left its claim. */
async function removeDeadClaims(done: readonly { readonly claim: string }[]): Promise<void> {
  for (const file of new Set(done.map((task) => task.claim)))
    if (existsSync(file)) await (await claim(file))?.();
}

/** Takes over rows from other files, under the name that they have here. */
async function copyKnown<R extends Keyed & { name: string }>(
  tasks: readonly Task<R>[],
  known: Map<string, R>,
  file: string,
  others: readonly string[],
  schema: z.ZodType<R>,
): Promise<void> {
  const elsewhere = new Map<string, R>();
  for (const other of others.filter((name) => path.resolve(name) !== path.resolve(file)))
    for (const row of await readRows(other, schema)) elsewhere.set(row.key, row);
  for (const { key, name } of tasks) {
    const row = elsewhere.get(key);
    if (!row || known.has(key)) continue;
    const own = { ...row, name };
    await appendRow(file, own);
    known.set(key, own);
  }
}

function byKey<R extends Keyed>(rows: readonly R[]): Map<string, R> {
  return new Map(rows.map((row) => [row.key, row]));
}

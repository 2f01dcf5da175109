// The table beside a checkpoint that remembers which beta*(IPC) was found for which settings.
import { createHash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import { installed, packageFolder } from "../datasets/dataFolder";
import { outFolder } from "../datasets/outFolder";
import { writeFileAtomic } from "../tensor/atomicFile";
import { readTextIfThere } from "../tensor/textFile";

const entrySchema = z.object({
  ipc: z.number(),
  /** Null while the search is under way: it goes on with the points of the curve. */
  beta: z.number().nullable(),
  reached: z.boolean(),
  target: z.number(),
  curve: z.array(z.object({ beta: z.number(), information: z.number() })),
  pilot: z.object({ classes: z.array(z.string()), steps: z.number() }),
  settings: z.record(z.string(), z.unknown()),
});
const tableSchema = z.object({ format: z.literal(1), entries: z.record(z.string(), entrySchema) });
type Entry = z.infer<typeof entrySchema>;
type Table = z.infer<typeof tableSchema>;

/** CHECKPOINT.beta.json beside the checkpoint; of one in a package that the next install replaces, in out/. */
export function tableOf(checkpoint: string): string {
  const name = `${path.basename(checkpoint, ".safetensors")}.beta.json`;
  const folder = path.dirname(path.resolve(checkpoint));
  const shipped = installed && !path.relative(packageFolder, folder).startsWith("..");
  return path.join(shipped ? outFolder : folder, name);
}

/** The name of an entry: a hash of everything that decides it. */
export function entryKey(settings: unknown): string {
  return createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 16);
}

/** The table; null where there is none. @throws if the file holds something else */
export async function readTable(file: string | null): Promise<Table | null> {
  if (file === null) return null;
  const text = await readTextIfThere(file);
  if (text === null) return null;
  try {
    return tableSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is not a table of beta*(IPC). Restore the file, or delete it to search again.`);
  }
}

/** Adds an entry to the table. Where the folder cannot be written there is no table: the search costs its time again. */
export async function writeEntry(file: string | null, key: string, entry: Entry): Promise<void> {
  if (file === null) return;
  const table: Table = (await readTable(file)) ?? { format: 1, entries: {} };
  table.entries[key] = entry;
  try {
    await writeFileAtomic(file, `${JSON.stringify(table, null, 2)}\n`);
  } catch (error) {
    if (!["EACCES", "EROFS", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

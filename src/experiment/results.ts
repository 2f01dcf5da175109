// The file of an experiment's results: one JSON object per line (JSON Lines), one line per number.
//
// Lines are only ever added, each by a single write at the end of the file, so several processes can work at one
// file, a killed one loses at most its own line, and a version control shows which numbers are new. A line whose
// settings are no longer asked for does no harm: readers pick lines by the hash of the settings.
import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { samplingSchema } from "../distill/settings";
import { readTextIfThere } from "../tensor/textFile";

/** One number with everything it depends on. */
export const rowSchema = z.object({
  /** Hash of all settings, seeds and weights. */
  key: z.string(),
  /** Name of the variant. */
  name: z.string(),
  /** What made the set. */
  method: z.string(),
  /** Images per class. */
  ipc: z.int().positive(),
  /** Seed of the set. */
  seed: z.int(),
  /** Seed of the network. */
  training: z.int(),
  /** How the network was trained and tested. */
  protocol: z.string(),
  /** Training steps of the network. */
  steps: z.int().positive(),
  /** What it was trained on: classes, or distributions over them. */
  labels: z.enum(["hard", "soft"]),
  /** Which real images it was tested on. */
  on: z.enum(["test", "held-out"]),
  /** Accuracy after the last step, percent. */
  last: z.number(),
  /** The best of all tests of the training, percent. */
  best: z.number(),
  /** To make the set, null if it was there; to train and test the network. */
  seconds: z.object({ set: z.number().nullable(), training: z.number() }),
  /** Hash of the images of the set, in label order. */
  set: z.string(),
  /** Name of the dataset. */
  dataset: z.string(),
  /** Null where real images were picked. */
  sampling: samplingSchema.nullable(),
  /** With the value of beta that was used. */
  guidance: z.record(z.string(), z.json()).nullable(),
  /** First 16 hexadecimal digits of the SHA-256 of the weights; null where they play no part. */
  denoiser: z.string().nullable(),
  /** The same of the classifier that guided, or in whose features images were picked. */
  classifier: z.string().nullable(),
  /** The same of the classifier that gave soft labels. */
  reference: z.string().nullable(),
  /** What computed it. */
  machine: z.string(),
});

/**
 * One result: a line of a .jsonl file.
 * @interface
 */
export type Row = z.infer<typeof rowSchema>;

/** Whatever a line may hold: its key tells what it depends on. */
export interface Keyed {
  /** Hash of all that the line depends on. */
  readonly key: string;
}

/**
 * All rows of a file, the newest of each key; none where there is no file. A last line that a killed process did not
 * finish is passed over.
 *
 * @param file JSON Lines: one row in a line
 * @throws naming the line that is not a row
 * @example
 * igds.experiment.summarise(
 *   await igds.experiment.readResults("notebooks/figures/results/accuracy-over-ipc.jsonl"),
 * );
 */
export async function readResults(file: string): Promise<Row[]> {
  return readRows(file, rowSchema);
}

/** As `readResults`, for rows of another kind. */
export async function readRows<R extends Keyed>(file: string, schema: z.ZodType<R>): Promise<R[]> {
  const rows = new Map<string, R>();
  for (const [i, line] of ((await readTextIfThere(file)) ?? "").split("\n").entries()) {
    const value = parsed(line);
    if (line.trim() === "" || (value === undefined && isCut(line))) continue;
    const row = schema.safeParse(value);
    if (!row.success) {
      const [{ path: where, message }] = row.error.issues;
      throw new Error(
        `${file}, line ${i + 1}: expected a row of results, found a fault at "${where.join(".")}": ${message}. ` +
          "Restore the file, or delete the line to compute it again.",
      );
    }
    rows.set(row.data.key, row.data);
  }
  return [...rows.values()];
}

/** Adds a row at the end of the file. */
export async function appendRow(file: string, row: Keyed): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, "a+");
  try {
    const { size } = await handle.stat();
    const last = size === 0 ? "\n" : (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString();
    await handle.appendFile(`${last === "\n" ? "" : "\n"}${JSON.stringify(row)}\n`);
  } finally {
    await handle.close();
  }
}

/** A row of which the end is missing leaves a brace open, wherever it was cut. */
function isCut(line: string): boolean {
  return line.startsWith("{") && line.split("{").length > line.split("}").length;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

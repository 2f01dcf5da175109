// Methods with the settings that the search on held-out images found best (tune.ts), from its committed record.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Method } from "../distill/methods";
import type { Variant } from "./cell";

/** Folder of the committed results. */
export const resultsFolder: string = path.join(__dirname, "..", "..", "notebooks", "figures", "results");
export const tuningFile: string = path.join(resultsFolder, "tuning.json");

/** One set of options that was tried. */
export const trialSchema = z.object({
  options: z.record(z.string(), z.json()),
  /** Accuracy on held-out images: mean over IPCs and seeds, percent, and each value. */
  mean: z.number(),
  values: z.array(z.object({ ipc: z.number(), seed: z.number(), accuracy: z.number() })),
  /** All it took, as far as it is known. */
  seconds: z.number(),
});
export const tuningSchema = z.object({
  format: z.literal(1),
  protocol: z.string(),
  budget: z.number(),
  ipcs: z.array(z.number()),
  seeds: z.array(z.number()),
  methods: z.record(
    z.string(),
    z.object({
      best: z.record(z.string(), z.json()),
      seconds: z.number(),
      trials: z.array(trialSchema),
    }),
  ),
});
export type Tuning = z.infer<typeof tuningSchema>;

/** The record of the search, null where there is none. */
export async function readTuning(file: string = tuningFile): Promise<Tuning | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const tuning = tuningSchema.safeParse(JSON.parse(text));
  if (tuning.success) return tuning.data;
  throw new Error(
    `${file}: expected the record of a search for settings, found a fault: ${tuning.error.message}`,
  );
}

/** The methods under their own names, each with the best options that its search found, or else its defaults. */
export async function tunedVariants(methods: readonly Method[]): Promise<Variant[]> {
  const tuning = await readTuning();
  return methods.map((method) => ({
    name: method,
    options: { ...(tuning?.methods[method]?.best as object | undefined), method },
  }));
}

// Methods with the settings that the search on held-out images found best (tune.ts), from its committed record.
import path from "node:path";
import minBy from "lodash/minBy";
import { z } from "zod";
import { installed, packageFolder } from "../datasets/dataFolder";
import { outFolder } from "../datasets/outFolder";
import type { Method } from "../distill/methods";
import { readTextIfThere } from "../tensor/textFile";
import type { Variant } from "./cell";
import { type Searched, searchedVariant } from "./searched";

/** Folder of the committed results, of which a package has the record of the search alone. */
const committed = path.join(packageFolder, "notebooks", "figures", "results");
/** Folder of the results of profile `full`: the committed ones, or those that a package's user computes. */
export const resultsFolder: string = installed ? path.join(outFolder, "results", "full") : committed;
const tuningFile: string = path.join(resultsFolder, "tuning.json");

/** The record of a search with another denoiser than the shipped U-Net, named in short or by its path. */
export function tuningFileOf(denoiser?: string): string {
  if (denoiser === undefined || denoiser === "unet") return tuningFile;
  return path.join(resultsFolder, `tuning-${path.basename(denoiser, path.extname(denoiser))}.json`);
}

const optionsSchema = z.record(z.string(), z.json());

const tuningSchema = z.object({
  /** Of the file. */
  format: z.literal(2),
  /** Of every trial. */
  protocol: z.string(),
  /** Of the sets that a trial makes. */
  seeds: z.array(z.number()),
  /** Trials of each method. */
  budget: z.number(),
  /** By the name of the method. */
  methods: z.record(
    z.string(),
    z.object({
      /** Options of the best trial, by IPC. */
      best: z.record(z.string(), optionsSchema),
      trials: z.array(
        z.object({
          options: optionsSchema,
          /** Accuracy on held-out images, percent, by IPC: one number for each round that the trial was in. */
          accuracy: z.record(z.string(), z.array(z.number())),
          /** What it took to make and score the sets, by IPC. */
          seconds: z.record(z.string(), z.number()),
        }),
      ),
    }),
  ),
});
/**
 * The record of a search for settings.
 * @interface
 */
export type Tuning = z.infer<typeof tuningSchema>;

/**
 * The record of the search, null where there is none; without a file of its own the one that is shipped.
 * @throws if the file is not such a record
 * @example
 * (await igds.experiment.readTuning())?.methods.mgd3?.best[10]; // { guidanceScale: 3, mode: { weight: ... } }
 */
export async function readTuning(file: string = tuningFile): Promise<Tuning | null> {
  const own = await readTextIfThere(file);
  const text =
    own ?? (file === tuningFile ? await readTextIfThere(path.join(committed, "tuning.json")) : null);
  if (text === null) return null;
  const tuning = tuningSchema.safeParse(JSON.parse(text));
  if (tuning.success) return tuning.data;
  throw new Error(
    `${file}: expected the record of a search for settings, found a fault: ${z.prettifyError(tuning.error)}. ` +
      "Restore the file, or make it again: igds tune",
  );
}

/**
 * The methods under their own names, each with the best options that its search found at the IPC, or at the one nearest to
 * it in ratio, or else its defaults.
 */
export async function tunedVariants(
  methods: readonly (Method | Searched)[],
  ipc: number,
): Promise<Variant[]> {
  const tuning = await readTuning();
  return methods.map((method) => searchedVariant(method, bestAt(ipc, tuning?.methods[method]?.best ?? {})));
}

/** What was found at the IPC that is nearest in ratio. */
export function bestAt(ipc: number, best: Tuning["methods"][string]["best"]): Record<string, unknown> {
  const searched = Object.keys(best).map(Number);
  const nearest = minBy(searched, (other) => Math.abs(Math.log(other / ipc)));
  return nearest === undefined ? {} : best[nearest];
}

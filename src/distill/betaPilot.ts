// The pilot that finds beta*(IPC) of the rule in beta.ts.
import defaults from "lodash/defaults";
import type { WeightOrigin } from "../diffusion/weightOrigin";
import { pickImages } from "../guidance/pool";
import { mixtureInformationOf } from "../information/mixture";
import { sliceBatch } from "../tensor/batch";
import {
  type BetaPoint,
  type BetaSearch,
  type BetaSearchOptions,
  betaSearchDefaults,
  smallestBeta,
} from "./beta";
import { entryKey, readTable, tableOf, writeEntry } from "./betaTable";
import type { Distiller, StartOptions } from "./distiller";
import { byRule, guidanceOf, sampledPerClass, samplingOf } from "./settings";

/** Images sampled at each beta, at most, unless a single class has more; classes, at most. */
const PILOT = { images: 60, classes: 3 } as const;
const PILOT_STEPS = 12;
/** Random real subsets of each class that the target is the mean over. */
const REAL_SUBSETS = 20;

/** What the search found, and at what cost. */
export interface FoundBeta extends BetaSearch {
  /** Images per class. */
  readonly ipc: number;
  /** Mean mixture information of real random subsets of the same size, nats. */
  readonly target: number;
  /** Which classes were sampled, in how many denoising steps. */
  readonly pilot: { readonly classes: readonly string[]; readonly steps: number };
  /** Cost: images times denoising steps, over all betas tried. */
  readonly cost: number;
  /** The same of the whole set itself. */
  readonly setCost: number;
}

/** How the pilot that finds beta is run. */
export interface PilotOptions extends BetaSearchOptions {
  /**
   * File of the table; null for none. Default: CHECKPOINT.beta.json beside the denoiser's checkpoint; in `out/` for a
   * checkpoint that an installed package ships. Of other denoisers, which have no such place, nothing is kept but by
   * `distillInto`, in the folder of its set.
   */
  readonly table?: string | null;
  /** Denoising steps of the pilot. Default 12. */
  readonly steps?: number;
  /** Told of every beta that is tried, or known from an earlier search. */
  readonly onPoint?: (point: BetaPoint, target: number) => void;
}

/** Everything that decides what the search finds, beside the search itself. */
export function pilotSettings(distiller: Distiller, options: StartOptions): Record<string, unknown> {
  const { method = "igds", ipc = 1, terms = [] } = options;
  if (terms.length > 0)
    throw new Error(
      'beta: "auto" is kept by settings, and the code of terms of your own is no setting: expected a number or "rule" ' +
        `beside them, found ${terms.length} ${terms.length === 1 ? "term" : "terms"}.`,
    );
  const { beta: _, ...guidance } = byRule(guidanceOf(method, options), ipc) ?? {};
  const { steps: __, ...sampling } = samplingOf(options);
  const { sha256, as } = distiller.denoiser.identity() as WeightOrigin;
  return {
    dataset: distiller.dataset.name,
    ipc,
    method,
    sampling,
    guidance,
    denoiser: as ? { sha256, as } : sha256,
    classifier: distiller.classifier.checkpoint.sha256,
  };
}

/**
 * Finds beta*(IPC) for a dataset, its models and the settings. Deterministic; interrupted, it goes on from the table.
 *
 * @param options of the set; its classes, seed and number of steps play no part
 * @example
 * const { beta, reached, curve } = await searchBeta(distiller, { ipc: 10 });
 */
export async function searchBeta(
  distiller: Distiller,
  options: StartOptions,
  pilotOptions: PilotOptions = {},
): Promise<FoundBeta> {
  const { ipc = 1 } = options;
  const { first, largest, halvings } = defaults({}, pilotOptions, betaSearchDefaults);
  const { steps = PILOT_STEPS } = pilotOptions;
  const sampled = sampledPerClass(ipc, byRule(guidanceOf(options.method ?? "igds", options), ipc));
  const { dataset, classContext } = distiller;
  const file = pilotOptions.table === undefined ? tableFile(distiller) : pilotOptions.table;
  const classes = pilotClasses(dataset.classes.length, ipc);
  const pilot = { classes: classes.map((label) => dataset.classes[label]), steps };
  const settings = { ...pilotSettings(distiller, options), search: { first, largest, halvings } };
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const target = mean(classes.map((label) => classContext.realInformation(label, ipc, REAL_SUBSETS)));
  // The target stands for the images: datasets of one name may be different ones.
  const key = entryKey([settings, pilot, REAL_SUBSETS, target.toFixed(6)]);
  const known = new Map<number, number>();
  for (const { beta, information } of (await readTable(file))?.entries[key]?.curve ?? [])
    known.set(beta, information);

  const save = async (found: Pick<BetaSearch, "reached" | "curve"> & { beta: number | null }) => {
    const entry = { ipc, target, pilot, settings, ...found, curve: [...found.curve] };
    await writeEntry(file, key, entry);
  };
  const information = async (beta: number): Promise<number> => {
    let value = known.get(beta);
    if (value === undefined) {
      const one = { ...options, beta, classes, steps, seed: "beta pilot" };
      const run = distiller.start(one);
      const images = pickImages(await run.finish(), distiller.chosen(run));
      const dimension = images.data.length / images.shape[0];
      value = mean(
        classes.map((label, k) => {
          const own = sliceBatch(images, k * ipc, k * ipc + ipc).data;
          return mixtureInformationOf(own, dimension, classContext.bandwidth(label, ipc)).low;
        }),
      );
      known.set(beta, value);
      await save({ beta: null, reached: false, curve: ascending(known) });
    }
    pilotOptions.onPoint?.({ beta, information: value }, target);
    return value;
  };
  const found = await smallestBeta(information, target, { first, largest, halvings });
  await save(found);
  return {
    ...found,
    ipc,
    target,
    pilot,
    cost: found.curve.length * classes.length * sampled * steps,
    setCost: dataset.classes.length * sampled * samplingOf(options).steps,
  };
}

/**
 * The curve beta*(IPC): the smallest beta at which a pilot has as much contextual information, by the lower mixture
 * bound, as real random subsets of the same size. What is found is kept (`PilotOptions.table`).
 *
 * @param distiller with the dataset and the models
 * @param ipcs images per class, whole, >= 1
 * @param options of the sets; their `ipc`, classes, seed and number of steps play no part
 * @param pilotOptions how the pilot is run, and where what it finds is kept
 * @returns one for each IPC, in their order
 * @throws RangeError unless 0 < `first` <= `largest`, and for `halvings` that are no whole number >= 0; Error for `terms` of
 *   your own
 * @example
 * const curve = await igds.betaCurve(distiller, [1, 2], {}, { table: null, steps: 2, halvings: 0 }); // a coarse look
 */
export async function betaCurve(
  distiller: Distiller,
  ipcs: readonly number[],
  options: StartOptions = {},
  pilotOptions: PilotOptions = {},
): Promise<FoundBeta[]> {
  const curve: FoundBeta[] = [];
  for (const ipc of ipcs) curve.push(await searchBeta(distiller, { ...options, ipc }, pilotOptions));
  return curve;
}

/**
 * What was found and why, in words.
 *
 * @param found of `betaCurve`, `Distiller.autoBeta` or `DistillOptions.onBeta`
 * @example
 * const [found] = await igds.betaCurve(distiller, [2], {}, { table: null, steps: 2, halvings: 0 });
 * igds.explainBeta(found); // "beta*(2) = ..."
 */
export function explainBeta({ ipc, beta, reached, target, curve, pilot, cost, setCost }: FoundBeta): string {
  const at = (wanted: number) => curve.find((point) => point.beta === wanted)?.information ?? Number.NaN;
  const why = reached
    ? beta === 0
      ? `without it the pilot's contextual information (${at(0).toFixed(3)} nats) reaches that of real subsets ` +
        `(${target.toFixed(3)})`
      : `the smallest at which the pilot's contextual information (${at(beta).toFixed(3)} nats, ${at(0).toFixed(3)} at ` +
        `beta 0) reaches that of real subsets (${target.toFixed(3)})`
    : `the most informative one tried (${at(beta).toFixed(3)} nats): none reaches that of real subsets (${target.toFixed(3)})`;
  return (
    `beta*(${ipc}) = ${beta}: ${why}. Pilot: ${pilot.classes.join(", ")}; ${curve.length} betas at ${pilot.steps} steps, ` +
    `${((100 * cost) / setCost).toFixed(0)} % of the cost of the set, paid once.`
  );
}

/** Classes of the pilot, spread over all of them. */
function pilotClasses(classes: number, ipc: number): number[] {
  const count = Math.min(classes, Math.max(1, Math.min(PILOT.classes, Math.floor(PILOT.images / ipc))));
  return Array.from({ length: count }, (_, i) => Math.floor((i * classes) / count));
}

function ascending(known: ReadonlyMap<number, number>): BetaPoint[] {
  return Array.from(known, ([beta, information]) => ({ beta, information })).sort((a, b) => a.beta - b.beta);
}

/** Where the search of a distiller keeps what it finds, unless told otherwise. */
export function tableFile({ denoiser }: Distiller): string | null {
  const file = denoiser.checkpoint?.file;
  return file ? tableOf(file) : null;
}

// What the playground lets its reader choose: a part of what `Distiller.start` takes, under the same names.
import type { StepRecord } from "../diffusion/stepRecord";
import type { SetFeatures } from "../distill/settings";

/** The settings of one run in the playground; all of them, so that a notebook can repeat it. */
export interface PlaygroundSettings {
  readonly classes: readonly string[];
  readonly ipc: number;
  readonly seed: number;
  readonly steps: number;
  /** Weight of the prototype term, and so of the whole potential. */
  readonly weight: number;
  /** Weight of the contextual term relative to the prototype term. */
  readonly beta: number;
  readonly contextual: "mixture" | "context";
  /** Weight of the set term. */
  readonly setWeight: number;
  /** What that term sees images by, and the real images of each class that it asks. */
  readonly setFeatures: SetFeatures;
  readonly setImages: number;
}

/**
 * A page cannot train, and brings a hundred images of each class in place of the library's 500: they are most of what there
 * is to load.
 */
export const pageSetTerm = { setFeatures: "untrained", setImages: 100 } as const;

/** What may change while a run goes on. */
export type GuidanceChanges = Partial<
  Pick<PlaygroundSettings, "weight" | "beta" | "contextual" | "setWeight">
>;

/** A stretch of steps of a run that were taken with the same settings. */
export interface Stretch {
  readonly settings: PlaygroundSettings;
  readonly steps: number;
}

/** The stretches of a run, from the settings of each of its records. */
export function stretchesOf(
  records: readonly StepRecord[],
  settingsOf: (record: StepRecord) => PlaygroundSettings,
): Stretch[] {
  const stretches: { settings: PlaygroundSettings; steps: number }[] = [];
  for (const record of records) {
    const settings = settingsOf(record);
    const last = stretches[stretches.length - 1];
    if (last && Object.keys(changesBetween(last.settings, settings)).length === 0) last.steps++;
    else stretches.push({ settings, steps: 1 });
  }
  return stretches;
}

/** What must change to come from one to the other. */
export function changesBetween(from: PlaygroundSettings, to: PlaygroundSettings): GuidanceChanges {
  const { weight, beta, contextual, setWeight } = to;
  return {
    ...(weight === from.weight ? {} : { weight }),
    ...(beta === from.beta ? {} : { beta }),
    ...(contextual === from.contextual ? {} : { contextual }),
    ...(setWeight === from.setWeight ? {} : { setWeight }),
  };
}

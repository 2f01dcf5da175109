// The bounds beside the truth over dimension, separation and number of samples, several samples each.
import path from "node:path";
import { z } from "zod";
import { compareBounds } from "../information/compareBounds";
import { drawMixture } from "../information/randomMixture";
import { engineReady } from "../tensor/engine";
import { machine } from "../tensor/machine";
import { Seed } from "../tensor/random";
import { resultsFile, setsFolder } from "./experiment";
import { quickOrFull } from "./experiments";
import { gridBar } from "./gridBar";
import { shortHash } from "./settings";
import { type Task, workThrough } from "./work";

/** Changes when the bounds do. */
const VERSION = 3;

const boundsRowSchema = z.object({
  /** Hash of all settings. */
  key: z.string(),
  /** The settings in short. */
  name: z.string(),
  /** Numbers in one point, d. */
  dimension: z.number(),
  /** Number of classes, C. */
  classes: z.number(),
  /** Gaussians in each class. */
  contexts: z.number(),
  /** Typical distance between the means, in standard deviations. */
  separation: z.number(),
  /** Points that the bounds are fitted to, N. */
  samples: z.number(),
  /** Points of each class in the sets. */
  ipc: z.number(),
  /** Number of the sample, from 0. */
  repeat: z.number(),
  /** Nats. */
  bounds: z.array(
    z.object({
      name: z.string(),
      quantity: z.enum(["I(X;Y)", "I(X;Z|Y)", "H(X|Y)", "set"]),
      side: z.enum(["lower", "upper", "none"]),
      guides: z.boolean(),
      value: z.number(),
      standardError: z.number(),
      truth: z.number(),
      truthStandardError: z.number(),
      seconds: z.number(),
    }),
  ),
  /** What computed it. */
  machine: z.string(),
});

/**
 * Every bound on one sample of one mixture.
 * @interface
 */
export type BoundsRow = z.infer<typeof boundsRowSchema>;

interface BoundsCase {
  readonly dimension: number;
  readonly separation: number;
  readonly samples: number;
}

/** Classes, contexts of each class, images of a set. */
const fixed = { classes: 4, contexts: 3, ipc: 50 } as const;
const seed = new Seed("bounds are tight");

/** One setting is varied at a time, around a middle. */
function cases(profile: "quick" | "full"): BoundsCase[] {
  const [middle, dimensions, separations, samples] =
    profile === "quick"
      ? [{ dimension: 8, separation: 3, samples: 1600 }, [2, 32], [1, 6], [400]]
      : [
          { dimension: 16, separation: 3, samples: 8000 },
          [2, 4, 8, 32, 64, 128, 256],
          [0.5, 1, 2, 4, 6, 8],
          [500, 1000, 2000, 4000, 16000],
        ];
  return [
    middle,
    ...dimensions.map((dimension) => ({ ...middle, dimension })),
    ...separations.map((separation) => ({ ...middle, separation })),
    ...samples.map((count) => ({ ...middle, samples: count })),
  ];
}

/**
 * The rows of all cases; what is missing is computed first. Stopped at any moment, it goes on where it was.
 *
 * @param profile `quick` has 6 cases of 3 samples each, `full` 19 of 10; so has `paper`, as the truth is known here
 *   alone
 * @returns one row per case and sample, the first samples of all cases first; bounds and truth in nats
 * @throws RangeError for an unknown profile
 * @example
 * const rows = await igds.experiment.boundsExperiment("quick");
 */
export async function boundsExperiment(profile = "quick"): Promise<BoundsRow[]> {
  const size = quickOrFull(profile);
  await engineReady();
  const repeats = Array.from({ length: size === "quick" ? 3 : 10 }, (_, i) => i);
  const tasks = repeats.flatMap((repeat) => cases(size).map((settings) => taskOf(settings, repeat)));
  const bar = gridBar("bounds");
  let [total, done] = [0, 0];
  const file = resultsFile(size === "quick" ? "bounds" : "bounds-are-tight", size);
  try {
    const rows = await workThrough(tasks, {
      file,
      schema: boundsRowSchema,
      onStart: (missing) => {
        total = missing.length;
      },
      onRow: (_, { name }) => {
        done++;
        bar.set({ cells: total, done, share: done / total, remark: name });
      },
    });
    return tasks.flatMap(({ key }) => rows.get(key) ?? []);
  } finally {
    await bar.finish();
  }
}

function taskOf(settings: BoundsCase, repeat: number): Task<BoundsRow> {
  const all = { ...fixed, ...settings, repeat };
  const key = shortHash({ version: VERSION, ...all });
  const { dimension, separation, samples } = settings;
  const name = `d = ${dimension}, S = ${separation}, N = ${samples}`;
  const compute = async (): Promise<BoundsRow> => {
    const own = seed.child(dimension, separation);
    const { bounds } = compareBounds(
      drawMixture({ ...fixed, ...settings }, own.child("mixture")),
      { samples, ipc: fixed.ipc },
      own.child("repeat", samples, repeat),
    );
    return boundsRowSchema.parse({ key, name, ...all, bounds, machine: machine() });
  };
  return { key, claim: path.join(setsFolder, `${key}.claim`), name, compute };
}

// What can be added to sampling, piece by piece: the terms and devices of other methods, to be had with any method.
import isUndefined from "lodash/isUndefined";
import omitBy from "lodash/omitBy";
import { z } from "zod";
import { cadsDefaults } from "../guidance/cads";

/** Time steps at which something acts, [low, high]. */
export const window = z
  .tuple([z.number().int().min(0), z.number().int().max(999)])
  .refine(([low, high]) => low <= high, "expected low <= high, such as [0, 999]");

const term = z.strictObject({ weight: z.number(), window });

export const partsSchema = z.strictObject({
  /** Draws each image to a k-means centre of its class (guidance/mode.ts). */
  mode: term.optional(),
  /** Images of a class repel each other (guidance/particle.ts). */
  particle: term.optional(),
  /** Likeness of what an image and real images teach a small network (guidance/influence.ts). */
  influence: term.optional(),
  /** Unlikeness of the images of a class (guidance/deviation.ts). */
  deviation: term.optional(),
  /** Noise on the class embedding (guidance/cads.ts). */
  cads: z
    .strictObject({
      scale: z.number().min(0),
      anneal: z.tuple([z.number().min(0), z.number().max(1)]),
      mix: z.number().min(0).max(1),
    })
    .optional(),
  /** Starts from noised k-means centres; `strength` is the share of the steps taken (guidance/noisedStart.ts). */
  start: z.strictObject({ strength: z.number().gt(0).max(1) }).optional(),
  /** Samples `factor` times as many images and keeps the best; "auto" follows the IPC (guidance/pool.ts). */
  pool: z
    .strictObject({
      factor: z.number().int().min(2).max(20),
      keep: z.enum(["auto", "confident", "uncertain"]),
    })
    .optional(),
});

/**
 * What is added to sampling, with all settings; a part that is absent takes no part.
 * @interface
 */
export type Parts = z.infer<typeof partsSchema>;
/** The name of a part. */
export type PartName = keyof Parts;

/**
 * `true` takes a part with its defaults, an object sets some of it, `false` leaves out a part of the method.
 * @interface
 * @property mode As `Parts.mode`
 * @property particle As `Parts.particle`
 * @property influence As `Parts.influence`
 * @property deviation As `Parts.deviation`
 * @property cads As `Parts.cads`
 * @property start As `Parts.start`
 * @property pool As `Parts.pool`
 */
export type PartOptions = { readonly [P in PartName]?: boolean | Partial<NonNullable<Parts[P]>> };

/**
 * Windows and shares are the papers', on the time steps of a 1000-step schedule: MGD3 lets go at half of the steps (its code
 * guides 24 of 50, from t = 999 to 530; this window takes the next one, too), particle guidance acts while the noise exceeds the image (s_t > 1), IGD on steps 30 to 45 of 50. Weights are ours,
 * since terms here are scaled by r_t^2 (guidance/guide.ts): `mode` draws x0hat all the way at high noise (4 r_t^2 = 1),
 * the others about as far as their largest effect. They are starting points, not tuned.
 */
export const partDefaults: { readonly [P in PartName]: NonNullable<Parts[P]> } = {
  mode: { weight: 4, window: [510, 999] },
  particle: { weight: 50, window: [259, 999] },
  influence: { weight: 1000, window: [612, 917] },
  deviation: { weight: 1000, window: [612, 917] },
  cads: { ...cadsDefaults, anneal: [...cadsDefaults.anneal] },
  start: { strength: 0.7 },
  pool: { factor: 2, keep: "auto" },
};

export const partNames = Object.keys(partDefaults) as PartName[];

/** The parts of a method with what the options add, change or leave out; not checked for their ranges. */
export function partsOf(own: readonly PartName[], options: PartOptions): Record<string, unknown> {
  const parts: Record<string, unknown> = {};
  for (const name of partNames) {
    const given = options[name] ?? own.includes(name);
    if (given) parts[name] = { ...partDefaults[name], ...(given === true ? {} : omitBy(given, isUndefined)) };
  }
  return parts;
}

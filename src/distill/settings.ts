// The settings of a distilled set: everything that decides its bytes, as the manifest records it.
import { z } from "zod";

/** Methods that pick real images; the last two do so in the features of the reference classifier. */
export const selectionMethods = ["random", "kmeans", "herding", "kcenter"] as const;
export type SelectionMethod = (typeof selectionMethods)[number];

/** Ways to make a distilled set: those that pick real images, then those that sample. */
export const methods = [...selectionMethods, "diffusion", "igds"] as const;
export type Method = (typeof methods)[number];

/** Whether a method picks real images. */
export function selects(method: Method): method is SelectionMethod {
  return (selectionMethods as readonly string[]).includes(method);
}

/** Whether a method needs the reference classifier of the dataset. */
export function needsFeatures(method: Method): method is "herding" | "kcenter" {
  return method === "herding" || method === "kcenter";
}

const window = z.tuple([z.number().int().min(0), z.number().int().max(999)]);

/** Settings of the sampling methods. */
export const samplingSchema = z.strictObject({
  /** Denoising steps. */
  steps: z.number().int().min(2).max(1000),
  sampler: z.enum(["ddim", "ddpm"]),
  /** Classifier-free guidance scale; 1 is none. */
  guidanceScale: z.number().min(0).max(20),
});

/** Settings of information guidance: U = log q(y|x) + beta H(X|Y), times `weight`. */
export const guidanceSchema = z.strictObject({
  /** Weight of U, that is of the prototype term. */
  weight: z.number(),
  /** Which bound on H(X|Y). */
  contextual: z.enum(["mixture", "context"]),
  /** Weight of the contextual term relative to the prototype term; "auto" follows the IPC (beta.ts). */
  beta: z.union([z.number(), z.literal("auto")]),
  /** Whether the classifier sees x0hat or x_t. */
  prototypeBy: z.enum(["x0", "xt"]),
  /** Time steps at which the guidance acts, [low, high]. */
  window,
  /** Largest change of x0hat in one step, root mean square. */
  largestChange: z.number().positive(),
});

export type SamplingSettings = z.infer<typeof samplingSchema>;
export type GuidanceSettings = z.infer<typeof guidanceSchema>;

/** Chosen on held-out training images, never on test images (README, "How the settings were chosen"). */
export const samplingDefaults: SamplingSettings = { steps: 50, sampler: "ddpm", guidanceScale: 1.5 };
export const guidanceDefaults: GuidanceSettings = {
  weight: 200,
  contextual: "mixture",
  beta: "auto",
  prototypeBy: "x0",
  window: [0, 999],
  largestChange: 0.3,
};

/** The defaults with what the options set of them; other options are not looked at. */
export function withDefaults<T extends object>(defaults: T, options: object): T {
  const given = options as Partial<T>;
  const names = Object.keys(defaults) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, given[name] ?? defaults[name]])) as unknown as T;
}

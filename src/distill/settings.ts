// The settings of a distilled set: everything that decides its bytes, as the manifest records it.
import { z } from "zod";
import { samplerNames } from "../diffusion/samplers";
import { expectMovement, guideDefaults } from "../guidance/guide";
import { engineInfo } from "../tensor/engine";
import { betaOfIpc } from "./beta";
import { type Method, methodOf, type SamplingMethod, samplingMethods, selects } from "./methods";
import { type PartOptions, type Parts, partNames, partsOf, partsSchema, window } from "./parts";
import { SET_IMAGES, setWeightOfIpc } from "./setTerm";

export const samplingSchema = z.strictObject({
  /** Denoising steps. */
  steps: z.number().int().min(2).max(1000),
  /** How a step is taken from what the denoiser predicts. */
  sampler: z.enum(samplerNames),
  /** Classifier-free guidance scale; 1 is none. */
  guidanceScale: z.number().min(0).max(20),
  /** Channels of epsilon that the scale acts on, the first ones: 3 of 4 in DiT's own code. Left out: all. */
  guidedChannels: z.number().int().min(1).optional(),
  /** Time steps at which the scale acts, [low, high]. Left out: all. */
  guidanceInterval: window.optional(),
});

/** What the set term may see images by; the first is the default. */
export const setFeatures = ["learners", "untrained", "mixed"] as const;
export type SetFeatures = (typeof setFeatures)[number];

/** What the contextual term may be; the first is the default. */
export const contextualTerms = ["mixture", "context", "cmi"] as const;

const informationSchema = z.strictObject({
  /** Weight of the prototype term of each image, log q(y|x). */
  weight: z.number(),
  /**
   * Weight of the set term: what the images of the set together tell of real ones (guidance/setPrototype.ts).
   * "rule" follows the IPC by a formula (setTerm.ts).
   */
  setWeight: z.union([z.number(), z.literal("rule")]),
  /**
   * What that term sees images by. Left out, `learners`: ConvNets on their way of learning from few real images
   * (guidance/learners.ts). `untrained`: ConvNets that were never taught, the default of an engine that cannot train.
   * `mixed`: learners with the pixels beside them, for sets that shall teach networks that do not convolve.
   */
  setFeatures: z.enum(setFeatures).optional(),
  /** Real images of each class that it asks. Left out: 500. */
  setImages: z.number().int().min(1).optional(),
  /**
   * Which estimate of H(X|Y): two lower bounds of a set, or `cmi`, which looks at each image by itself, and so also at
   * the only one of a class (guidance/cmi.ts), if `beta` is given: by rule it is zero at IPC 1.
   */
  contextual: z.enum(contextualTerms),
  /**
   * Weight of the contextual term relative to the prototype term. "rule" follows the IPC by a formula, "auto" is
   * found on data (beta.ts says how).
   */
  beta: z.union([z.number(), z.literal("rule"), z.literal("auto")]),
  /** Whether the classifier sees x0hat or x_t. */
  prototypeBy: z.enum(["x0", "xt"]),
  /** Time steps at which the guidance acts, [low, high]. */
  window,
});

const movementSchema = z.strictObject({
  /** Largest change of x0hat in one step, root mean square. */
  largestChange: z.number().positive(),
  /** Gradients by x0hat with a formula in place of the denoiser, or exactly through it. */
  gradient: z.enum(["x0", "exact"]),
  /** `unit` scales the gradient of each term and image to one length. */
  norm: z.enum(["potential", "unit"]),
});

/**
 * Settings of the sampling methods.
 * @interface
 */
export type SamplingSettings = z.infer<typeof samplingSchema>;

/**
 * Settings of information guidance, method `igds`: U = weight (log q(y|x) + beta H(X|Y)) + setWeight I_S(X;Y), prototype
 * information of each image, contextual information, and prototype information of the set.
 * @interface
 */
export type InformationSettings = z.infer<typeof informationSchema>;

/**
 * How the terms of any method move an image.
 * @interface
 */
export type MovementSettings = z.infer<typeof movementSchema>;

/**
 * All guidance of a set: that of information for `igds`, the parts that the method has or was given, and, if any of it
 * is a term, how terms move an image.
 */
export interface GuidanceSettings extends Partial<InformationSettings>, Partial<MovementSettings>, Parts {}

/** The name of a setting, as an option gives it. */
export type SettingName = keyof SamplingSettings | keyof GuidanceOptions;
const samplingNames = Object.keys(samplingSchema.shape);
const informationNames = Object.keys(informationSchema.shape);
const guidanceNames = [...informationNames, ...Object.keys(movementSchema.shape), ...partNames];
/** Every setting by name. */
export const settingNames: readonly string[] = [...samplingNames, ...guidanceNames];

/** What may be asked for; what is left out takes its default. */
export interface GuidanceOptions
  extends Partial<InformationSettings>,
    Partial<MovementSettings>,
    PartOptions {}

/** Chosen on held-out training images, never on test images (docs/results.md, "How the settings were chosen"). */
export const samplingDefaults: SamplingSettings = { steps: 50, sampler: "ddpm", guidanceScale: 1.5 };
const informationDefaults: InformationSettings = {
  weight: 50,
  setWeight: "rule",
  contextual: contextualTerms[0],
  beta: "rule",
  prototypeBy: "x0",
  window: [0, 999],
};
/** Of method `igds`. */
export const guidanceDefaults: InformationSettings & MovementSettings = {
  ...informationDefaults,
  ...guideDefaults,
};

/** The defaults with what the options set of them; other options are not looked at. */
function withDefaults<T extends object>(defaults: T, options: object): T {
  const given = options as Partial<T>;
  const names = Object.keys(defaults) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, given[name] ?? defaults[name]])) as unknown as T;
}

function parsed<T>(schema: z.ZodType<T>, settings: object): T {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => {
    const found = path.reduce<unknown>(
      (value, key) => (value as Record<PropertyKey, unknown>)?.[key],
      settings,
    );
    return `${path.join(".") || "all"} (${JSON.stringify(found)}): ${message}`;
  });
  throw new RangeError(`Settings out of range: ${faults.join("; ")}.`);
}

/** Of settings without a default, those that are chosen. */
function chosenOf<T extends object>(options: T, names: readonly (keyof T)[]): Partial<T> {
  const chosen = names.filter((name) => options[name] !== undefined);
  return Object.fromEntries(chosen.map((name) => [name, options[name]])) as Partial<T>;
}

/** All sampling settings. @throws where one is out of its range */
export function samplingOf(options: Partial<SamplingSettings>): SamplingSettings {
  return parsed(samplingSchema, {
    ...withDefaults(samplingDefaults, options),
    ...chosenOf(options, ["guidedChannels", "guidanceInterval"]),
  });
}

/**
 * All guidance of a method, null where nothing guides.
 *
 * @param options of guidance, beside which those of sampling may stand, and terms of the caller's own
 * @throws where a setting is out of its range, or belongs to another method
 */
export function guidanceOf(
  method: Method,
  options: GuidanceOptions & Partial<SamplingSettings> & { readonly terms?: readonly unknown[] | undefined },
): GuidanceSettings | null {
  const given = (names: readonly string[]) =>
    names.filter((name) => (options as Record<string, unknown>)[name] !== undefined);
  if (selects(method)) {
    const wrong = given(settingNames);
    if (wrong.length > 0)
      throw new Error(
        `"${method}" picks real images, which are not sampled and cannot be guided; found ${wrong.join(", ")}. Leave that out, or use a ` +
          `method that samples: ${samplingMethods.join(", ")}.`,
      );
    return null;
  }
  const informed = method === "igds";
  const wrong = informed ? [] : given(informationNames);
  if (wrong.length > 0)
    throw new Error(
      `${wrong.join(", ")} ${wrong.length > 1 ? "are settings" : "is a setting"} of information guidance, method igds; ` +
        `${describe(method)}. Use method igds, or set its own, such as { ${ownExample(method)} }.`,
    );
  const parts = parsed(partsSchema, partsOf(methodOf(method).parts, options));
  const moved = given(Object.keys(guideDefaults));
  const steered =
    informed ||
    (["mode", "particle", "influence", "deviation"] as const).some((name) => parts[name]) ||
    // Terms of the caller's own are no settings; how they move an image is.
    (moved.length > 0 && (options.terms ?? []).length > 0);
  if (!steered) {
    if (moved.length > 0)
      throw new Error(
        `${moved.join(", ")}: expected terms that move an image, but ${describe(method)}. Add a term, such as mode: true, ` +
          "or leave that out.",
      );
    return Object.keys(parts).length > 0 ? parts : null;
  }
  const movement = parsed(movementSchema, withDefaults(guideDefaults, options));
  expectMovement(movement);
  return { ...(informed ? informationOf(options) : {}), ...movement, ...parts };
}

function informationOf(options: GuidanceOptions): InformationSettings {
  const usual = engineInfo.backend === "wasm" ? "untrained" : "learners";
  const { setFeatures = usual } = options;
  // Where they are usual, learners are not named: sets of before they could be chosen keep their settings.
  const unnamed = setFeatures === "learners" && usual === "learners";
  const named = { ...options, setFeatures: unnamed ? undefined : setFeatures };
  return parsed(informationSchema, {
    ...withDefaults(informationDefaults, options),
    ...chosenOf(named, ["setFeatures", "setImages"]),
  });
}

/** Images that are sampled of each class: the IPC, times the factor of a pool. */
export function sampledPerClass(ipc: number, guidance: Pick<GuidanceSettings, "pool"> | null): number {
  return ipc * (guidance?.pool?.factor ?? 1);
}

/** All guidance of a set with the numbers that formulas give; beta "auto", which is searched for, stays. */
export interface RuledGuidance extends Omit<GuidanceSettings, "beta" | "setWeight"> {
  readonly beta?: number | "auto";
  readonly setWeight?: number;
}

/** The settings with all that follows the IPC by a formula as numbers. */
export function byRule(settings: GuidanceSettings | null, ipc: number): RuledGuidance | null {
  if (!settings) return null;
  const { beta, setWeight, setImages = setWeight ? SET_IMAGES : undefined } = settings;
  return {
    ...settings,
    ...(beta === "rule" ? { beta: betaOfIpc(ipc) } : {}),
    ...(setWeight === "rule" ? { setWeight: setWeightOfIpc(ipc) } : {}),
    ...(setImages === undefined ? {} : { setImages }),
  } as RuledGuidance;
}

/** Settings as options that give them again: a part of the method that is absent is said to be left out. */
export function optionsOf(settings: GuidanceSettings | null): GuidanceOptions {
  const absent = Object.fromEntries(partNames.map((name) => [name, false]));
  return { ...absent, ...settings };
}

function describe(method: SamplingMethod): string {
  const { parts } = methodOf(method);
  return parts.length > 0
    ? `method ${method} has ${parts.join(", ")}`
    : `method ${method} has no terms of its own`;
}

function ownExample(method: SamplingMethod): string {
  const [part = "mode"] = methodOf(method).parts;
  return `${part}: { ... }`;
}

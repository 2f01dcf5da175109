// The variants of the experiments: a method with its settings changed in one way each.
import type { SamplerName } from "../diffusion/samplers";
import { betaOfIpc } from "../distill/beta";
import { type Method, selects } from "../distill/methods";
import { guidanceDefaults, samplingDefaults } from "../distill/settings";
import { shippedDenoisers } from "../nn/shippedCheckpoints";
import { plainVariant, type Variant } from "./cell";

/** The method as the profile `quick` has it: with half of the steps. */
export function quickVariant(method: Method): Variant {
  return selects(method) ? plainVariant(method) : { name: method, options: { method, steps: 25 } };
}

/**
 * What tells the guidance apart: the two terms of the paper's abstract without the set term, and plain diffusion at the
 * guidance scale of IGDS, so that nothing but the guidance differs.
 */
export function toldApart(igds: Variant): Variant[] {
  const { guidanceScale = samplingDefaults.guidanceScale } = igds.options;
  return [
    { name: "igds, two terms", options: { ...igds.options, setWeight: 0 } },
    { name: "diffusion, same scale", options: { method: "diffusion", guidanceScale } },
  ];
}

/**
 * Time steps of medium noise, s_t from 0.28 to 5.42: where Kynkäänniemi et al. (2024, arXiv 2404.07724) keep
 * classifier-free guidance for SD-XL, half of its steps.
 */
const MIDDLE = [82, 578] as const;

/**
 * Plain and guided by each sampler with so many steps, named "ddpm, 50 steps, plain" and so on; "middle" has
 * classifier-free guidance at time steps of medium noise alone.
 */
export function shortened(
  diffusion: Variant,
  igds: Variant,
  ways: readonly (readonly [sampler: SamplerName, steps: number, guided?: "middle"])[],
): Variant[] {
  return ways.flatMap(([sampler, steps, guided]) =>
    [
      { name: "plain", ...diffusion.options },
      { name: "guided", ...igds.options },
    ].map(({ name, ...options }) => ({
      name: `${sampler}${guided ? ", interval" : ""}, ${steps} steps, ${name}`,
      options: { ...options, sampler, steps, ...(guided ? { guidanceInterval: [...MIDDLE] } : {}) },
    })),
  );
}

/** The variants with each beta, called by it. */
export function betaVariants({ options }: Variant, betas: readonly number[]): Variant[] {
  return betas.map((beta) => ({ name: `beta ${beta}`, options: { ...options, beta } }));
}

export function betaRules({ options }: Variant): Variant[] {
  return (["rule", "auto"] as const).map((beta) => ({ name: `beta ${beta}`, options: { ...options, beta } }));
}

/** The first five are the terms, then how they act. */
export function ablations(diffusion: Variant, igds: Variant, ipc: number): Variant[] {
  // At IPC 1 there is no variety to weigh, and any number will do.
  const beta = ipc > 1 ? betaOfIpc(ipc) : 2;
  const { weight = guidanceDefaults.weight } = igds.options;
  const other = (name: string, change: object): Variant => ({
    name,
    options: { ...igds.options, ...change },
  });
  return [
    { name: "none", options: diffusion.options },
    other("I alone", { beta: 0 }),
    // U times a weight too small to matter, the contextual term brought back to its own weight.
    other("H alone", { weight: weight / 1e6, beta: 1e6 * beta, setWeight: 0 }),
    { name: "both", options: igds.options },
    other("wrong sign", { beta: -beta }),
    other("I of images alone", { beta: 0, setWeight: 0 }),
    other("I of the set alone", { weight: 0, beta: 0 }),
    other("without I of the set", { setWeight: 0 }),
    other("fixed beta 1", { beta: 1 }),
    other("fixed beta 4", { beta: 4 }),
    other("context bound", { contextual: "context" }),
    other("cmi term", { contextual: "cmi", beta }),
    other("t <= 600", { window: [0, 600] }),
    other("t >= 400", { window: [400, 999] }),
    other("exact gradient", { gradient: "exact" }),
    other("scale 1", { guidanceScale: 1 }),
    other("scale 3", { guidanceScale: 3 }),
    other("scale 6", { guidanceScale: 6 }),
  ];
}

/** Denoisers that were not trained for the guidance, nor for distillation. */
const asTheyAre = ["dit", "unet", "unet-long"] as const;

/** Sampler x denoiser, plain and guided: named "ddpm, U-Net, plain" and so on. */
export function plugs(method: "igds", options: Omit<Variant["options"], "method">): Variant[] {
  return asTheyAre.flatMap((denoiser) =>
    (["ddpm", "ddim", "dpmsolver"] as const).flatMap((sampler): Variant[] => {
      const { guidanceScale } = options;
      // The second-order solver needs less than half as many.
      const steps =
        sampler === "dpmsolver" ? Math.round(0.4 * (options.steps ?? samplingDefaults.steps)) : options.steps;
      const scale = {
        ...(guidanceScale === undefined ? {} : { guidanceScale }),
        ...(steps === undefined ? {} : { steps }),
      };
      return [
        {
          name: `${sampler}, ${shippedDenoisers[denoiser]}, plain`,
          denoiser,
          options: { method: "diffusion", sampler, ...scale },
        },
        {
          name: `${sampler}, ${shippedDenoisers[denoiser]}, guided`,
          denoiser,
          options: { ...options, ...scale, method, sampler },
        },
      ];
    }),
  );
}

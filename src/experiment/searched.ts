// What the search for settings is made for: every method that samples, and methods that are always changed in one way.
import { type Method, type SamplingMethod, samplingMethods } from "../distill/methods";
import type { Variant } from "./cell";

const changed = {
  /** The two terms of the paper's abstract, without the set term. */
  "two-terms": { options: { method: "igds", setWeight: 0 } },
  /** Plain samples of the shipped U-Net after minimax fine-tuning (diffusion/finetuneMinimax.ts). */
  minimax: { denoiser: "unet-minimax", options: { method: "diffusion" } },
} as const satisfies Record<string, Omit<Variant, "name">>;

/** The name of what settings are searched for. */
export type Searched = SamplingMethod | keyof typeof changed;

/** All that settings are searched for. */
export const searched: readonly Searched[] = [
  ...samplingMethods,
  ...(Object.keys(changed) as (keyof typeof changed)[]),
];

/** What is searched for by another denoiser than the shipped U-Net: all that do not have one of their own. */
export function searchedWith(denoiser?: string): readonly Searched[] {
  if (denoiser === undefined) return searched;
  return searched.filter((name) => searchedVariant(name, {}).denoiser === undefined);
}

/** It with these settings, under its own name. */
export function searchedVariant(name: Searched | Method, given: Readonly<Record<string, unknown>>): Variant {
  if (!isChanged(name)) return { name, options: { ...given, method: name } };
  const { options, ...rest } = changed[name];
  return { name, ...rest, options: { ...given, ...options } };
}

function isChanged(name: string): name is keyof typeof changed {
  return Object.hasOwn(changed, name);
}

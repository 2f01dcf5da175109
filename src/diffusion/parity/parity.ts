// Parity with PyTorch: what the original code and diffusers computed with some weights, computed again here.
//
// A fixture is a folder with a DiT in the original layout (any weight file, and config.json) and, in diffusers/, a
// transformer/ and a vae/. Beside it lies a file of expected tensors (NCHW), whose names say what they are.
import { access } from "node:fs/promises";
import path from "node:path";
import { openWeights } from "../../nn/weightFile";
import type { Difference } from "./difference";
import { Fixture } from "./fixture";
import { decoded, encoded, forwardDiffusers, forwardGuided, forwardOriginal } from "./networks";
import { respacedTimes, sampled, schedulerSteps, schedulerTimes } from "./sampling";

/** Largest absolute difference allowed. */
export const parityBound = 1e-4;

/**
 * Where values are larger than 10: largest difference as a part of the largest value expected. Untrained weights let
 * sampling run up to values near 1000, where neighbouring float32 are 6e-5 apart and no two programs agree to 1e-4.
 */
export const parityRelativeBound = 1e-5;

/** One expected tensor beside what is computed here. */
export interface ParityCheck {
  /** Name of the expected tensor. */
  readonly name: string;
  /** Largest absolute difference; null if it could not be computed. */
  readonly difference: number | null;
  /** Largest absolute value expected: a float32 of this size is exact to 6e-8 of it. */
  readonly largest: number | null;
  /** Largest difference allowed. */
  readonly bound: number;
  /** Whether the difference is known and no larger. */
  readonly passed: boolean;
  /** Why it could not be computed. */
  readonly error?: string;
  /** Largest absolute difference with each weight file, where there are several of the same weights. */
  readonly files?: Readonly<Record<string, number>>;
}

/** Every expected tensor of a fixture beside what is computed here. */
export interface Parity {
  /** With the weights. */
  readonly folder: string;
  /** File of the expected tensors. */
  readonly expected: string;
  /** Whether there are checks, all of them passed, and no name is unknown. */
  readonly passed: boolean;
  /** One for each expected tensor, by name. */
  readonly checks: readonly ParityCheck[];
  /** Names in the file of expected tensors that mean nothing here. */
  readonly unknown: readonly string[];
}

/** What other tensors of the file are computed from. */
const givens = [
  /^(x|t|y|y_cfg)$/,
  /^vae_(image|z)$/,
  /^(ddpm|ddim)\d+_(z|noise)$/,
  /^sched_[a-z0-9]+_noise$/,
] as const;

const checks: readonly (readonly [
  RegExp,
  (fixture: Fixture, match: RegExpExecArray) => Promise<Difference>,
])[] = [
  [/^forward$/, forwardOriginal],
  [/^forward_diffusers$/, forwardDiffusers],
  [/^forward_cfg(\d+(?:\.\d+)?)$/, forwardGuided],
  [/^(ddpm|ddim)(\d+)_timesteps$/, respacedTimes],
  [/^(ddpm|ddim)(\d+)_out$/, sampled],
  [/^sched_(ddim|ddpm|euler|heun|dpmpp2m)_timesteps$/, schedulerTimes],
  [/^sched_(ddim|ddpm|euler|heun|dpmpp2m)_x$/, schedulerSteps],
  [/^vae_(mean|logvar)$/, encoded],
  [/^vae_decode$/, decoded],
];

/**
 * Computes every expected tensor of a fixture here and says how far it is off.
 *
 * @param folder with the weights
 * @param expectedFile the expected tensors. Default: expected.safetensors in the folder
 * @throws if the file of expected tensors cannot be read; what else goes wrong is told with its check
 * @example
 * const { passed, checks } = await igds.diffusion.parity("dit-small");
 */
export async function parity(folder: string, expectedFile?: string): Promise<Parity> {
  const file = expectedFile ?? path.join(folder, "expected.safetensors");
  await access(file).catch((cause: Error) => {
    throw new Error(
      `${file}: expected the tensors that PyTorch computed, found no such file. Name the folder that holds them, such as ` +
        "test/fixtures/dit-small of the repository, or the file (--expected).",
      { cause },
    );
  });
  const fixture = new Fixture(folder, await openWeights(file));
  const results: ParityCheck[] = [];
  const unknown: string[] = [];
  try {
    for (const name of [...fixture.expected.entries.keys()].sort()) {
      const [match, check] =
        checks.map(([pattern, run]) => [pattern.exec(name), run] as const).find(([found]) => found) ?? [];
      if (match && check) results.push(await judged(name, () => check(fixture, match)));
      else if (!givens.some((given) => given.test(name))) unknown.push(name);
    }
  } finally {
    await fixture.close();
  }
  const passed = unknown.length === 0 && results.length > 0 && results.every((result) => result.passed);
  return { folder, expected: file, passed, checks: results, unknown };
}

async function judged(name: string, check: () => Promise<Difference>): Promise<ParityCheck> {
  try {
    const found = await check();
    const bound = Math.max(parityBound, parityRelativeBound * found.largest);
    return { name, ...found, bound, passed: found.difference <= bound };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { name, difference: null, largest: null, bound: parityBound, passed: false, error: message };
  }
}

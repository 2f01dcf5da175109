// Everything that decides the bytes of a set and the number it scores, and the short names made of it: where
// settings or weights differ, the names do.
import { createHash } from "node:crypto";
import path from "node:path";
import { setOptions } from "../distill/distill";
import { needsFeatures, selects } from "../distill/methods";
import { byRule, type GuidanceSettings, type SamplingSettings } from "../distill/settings";
import { protocolOf } from "../evaluate/protocols";
import type { Cell } from "./cell";
import type { Models } from "./models";

/** Raised when the code of the methods or protocols changes what they give: rows of before are then of other settings. */
const VERSION: number = 1;

/** What a set is made of. */
export interface SetSettings {
  readonly dataset: string;
  readonly method: string;
  readonly ipc: number;
  /** Null where every seed gives the same set. */
  readonly seed: number | null;
  /** Null where real images are picked. */
  readonly sampling: SamplingSettings | null;
  /** With the value of beta that its formula gives; "auto" stays, as finding it takes the models. */
  readonly guidance: GuidanceSettings | null;
  /** First digits of the SHA-256 of the weights, null where they play no part. */
  readonly denoiser: string | null;
  /** The one that guides, or the one in whose features real images are picked. */
  readonly classifier: string | null;
}

/** What a number is made of: the set, and how it was scored. */
export interface CellSettings {
  readonly set: SetSettings;
  /** All settings of the protocol. */
  readonly scoring: Record<string, unknown>;
  /** The classifier that gave soft labels, null for hard ones. */
  readonly reference: string | null;
  /** Left out while it is the first, of which there are rows without. */
  readonly version?: number;
}

export async function setSettings(cell: Cell, models: Models): Promise<SetSettings> {
  const { variant, ipc, seed } = cell;
  const { method, sampling, guidance } = setOptions({ ...variant.options, ipc, seed });
  const picks = selects(method);
  const classifier = needsFeatures(method) ? models.referenceFile : picks ? null : models.classifierFile;
  return {
    dataset: await models.spaceName(),
    method,
    ipc,
    seed: needsFeatures(method) ? null : seed,
    sampling: picks ? null : sampling,
    guidance: byRule(guidance, ipc),
    denoiser: picks ? null : await models.hash(models.denoiserFile(variant.denoiser)),
    classifier: classifier && (await models.hash(classifier)),
  };
}

export async function cellSettings(cell: Cell, models: Models): Promise<CellSettings> {
  const { seeds: _, on: __, ...protocol } = protocolOf(cell.protocol);
  const { labels, on, training } = cell;
  return {
    set: await setSettings(cell, models),
    scoring: { ...protocol, ...trainingOf(cell), labels, on, training },
    reference: labels === "soft" ? await models.hash(models.referenceFile) : null,
    ...(VERSION > 1 ? { version: VERSION } : {}),
  };
}

/** What differs from the protocol: shorter trainings are tested in the middle and at the end alone. */
export function trainingOf({ steps }: Pick<Cell, "steps">): { steps?: number; checkpoints?: number } {
  return steps === undefined ? {} : { steps, checkpoints: Math.min(steps, 2) };
}

/** The file whose claim keeps others off a set while it is made, scored or measured below `sets`. */
export function setClaim(settings: SetSettings, sets: string): string {
  return path.join(sets, `${shortHash(settings)}.claim`);
}

/** 16 hexadecimal digits that stand for the value, whatever the order of its fields. */
export function shortHash(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex")
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, sorted(field)]),
  );
}

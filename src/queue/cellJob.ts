// A cell of an experiment as a job: what is to be scored or measured, and the hash that both sides must come to.
import { z } from "zod";
import { methods } from "../distill/methods";
import { protocolNames } from "../evaluate/protocols";
import type { Cell } from "../experiment/cell";
import { profiles } from "../experiment/experiments";
import { type ShippedDenoiser, shippedDenoisers } from "../nn/shippedCheckpoints";

export const cellJobSchema = z.strictObject({
  kind: z.literal("cell"),
  what: z.enum(["score", "measure"]),
  /** Hash of all that the row depends on, weights among it. */
  key: z.string().regex(/^[0-9a-f]{16}$/),
  /** Version of the library. */
  igds: z.string().max(50),
  profile: z.enum(profiles),
  cell: z.strictObject({
    variant: z.strictObject({
      name: z.string().max(200),
      // The library checks the settings where it uses them.
      options: z.looseObject({ method: z.enum(methods) }),
      /** A shipped one, not a path: what else a worker has, its own options say. */
      denoiser: z.enum(Object.keys(shippedDenoisers) as ShippedDenoiser[]).optional(),
    }),
    ipc: z.int().min(1).max(10_000),
    seed: z.int(),
    training: z.int(),
    protocol: z.enum(protocolNames),
    steps: z.int().min(1).max(10_000_000).optional(),
    labels: z.enum(["hard", "soft"]),
    on: z.enum(["test", "held-out"]),
  }),
});

export type CellJob = z.infer<typeof cellJobSchema>;

/** The name of a cell's job: adding it twice adds it once. */
export function cellJobId({ what, key }: Pick<CellJob, "what" | "key">): string {
  return `${what}-${key}`;
}

/** The cell, its payload checked. */
export function cellOf({ cell }: CellJob): Cell {
  return cell as Cell;
}

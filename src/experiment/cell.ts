// A cell is one number of an experiment: one set, made by one variant of a method from one seed, scored by one
// network. A grid is the product of variants, images per class, seeds and networks.

import range from "lodash/range";
import union from "lodash/union";
import type { DistillOptions } from "../distill/distill";
import { expectMethod, hasOneSet } from "../distill/methods";
import type { ProtocolName } from "../evaluate/protocols";

/** A method with its settings, under the name that figures show. */
export interface Variant {
  /** No line breaks in it. */
  readonly name: string;
  /** What is left out takes the library's default. */
  readonly options: Omit<DistillOptions, "ipc" | "seed" | "terms" | "onProgress" | "onBeta">;
  /** Denoiser to sample from: "dit", "unet", or a checkpoint. Default: that of the experiment. */
  readonly denoiser?: string;
}

/** How a set is scored. */
export interface Scoring {
  /** How the network is trained and tested. */
  readonly protocol: ProtocolName;
  /** Training steps instead of those of the protocol. */
  readonly steps?: number;
  /** `soft` trains on the soft labels of the reference classifier. */
  readonly labels: "hard" | "soft";
  /** Settings are chosen on held-out training images, results are reported on test images. */
  readonly on: "test" | "held-out";
}

/** One number of an experiment: a set, and a network that is trained on it. */
export interface Cell extends Scoring {
  /** What makes the set. */
  readonly variant: Variant;
  /** Images per class. */
  readonly ipc: number;
  /** Source of the set's noise, or of its choice; variants share it. */
  readonly seed: number;
  /** Source of the network's weights, order of images and augmentation. */
  readonly training: number;
}

export interface Grid extends Partial<Scoring> {
  readonly variants: readonly Variant[];
  readonly ipcs: readonly number[];
  readonly seeds: readonly number[];
  readonly trainings: readonly number[];
}

export const scoringDefaults: Scoring = { protocol: "quick", labels: "hard", on: "test" };

/** The method under its own name, with all its defaults. */
export function plainVariant(method: Variant["options"]["method"]): Variant {
  return { name: method, options: { method } };
}

/**
 * The cells of one or more grids in the order in which they are worth having: all variants and IPCs of the first seed and
 * network, then the next seed, and only then the next network, since it is sets that intervals and tests count. A run
 * that is stopped at any time leaves a balanced part. A method that has one set, whatever the seed, is in it with the
 * first seed and as many networks as there are seeds: their spread is all the chance that its number has.
 *
 * @throws if two different variants have one name at an IPC, or a name is not free of line breaks
 */
export function cellsOf(...grids: readonly Grid[]): Cell[] {
  const cells = grids.flatMap((grid, place) =>
    grid.ipcs.flatMap((ipc) =>
      grid.variants.flatMap((variant) => {
        const oneSet = hasOneSet(variant.options.method, ipc);
        const seeds = oneSet ? grid.seeds.slice(0, 1) : grid.seeds;
        const trainings = oneSet ? union(grid.trainings, range(grid.seeds.length)) : grid.trainings;
        const { protocol, steps, labels, on } = { ...scoringDefaults, ...grid };
        const scoring = { protocol, ...(steps === undefined ? {} : { steps }), labels, on };
        return seeds.flatMap((seed, seedPlace) =>
          trainings.map((training, trainingPlace): { order: number[]; cell: Cell } => ({
            order: [trainingPlace, seedPlace, place],
            cell: { variant, ipc, seed, training, ...scoring },
          })),
        );
      }),
    ),
  );
  const names = new Map<string, string>();
  for (const { variant, ipc } of cells.map(({ cell }) => cell)) {
    const { name, options } = variant;
    expectMethod(options.method);
    const said = JSON.stringify(variant);
    const place = `${ipc} ${name}`;
    if ((names.get(place) ?? said) !== said)
      throw new Error(
        `Two variants are called "${name}" at IPC ${ipc}. Give each its own name: figures tell them apart by it.`,
      );
    names.set(place, said);
  }
  // Sorting is stable: within one place the order is that of the grid.
  const compare = (a: number[], b: number[]) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  return cells.sort((a, b) => compare(a.order, b.order)).map(({ cell }) => cell);
}

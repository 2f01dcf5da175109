// The grids of profile `full` at the paper's scale: the same variants, on the data, models and protocols of a setup.

import isEqual from "lodash/isEqual";
import uniqWith from "lodash/uniqWith";
import { selects } from "../distill/methods";
import { type Grid, scoringDefaults, type Variant } from "./cell";
import type { PaperSetup } from "./paperSetup";

/**
 * Sampling is that of the setup; guidance is that of `full` unless the setup says otherwise. Of variants that this makes equal,
 * such as those by guidance scales, the first is kept. Grids for networks of small images are left out, and variants by other
 * denoisers; what is scored by the default network is so by all protocols.
 *
 * @param grids those of `full`, at the setup's images per class
 */
export function paperGrids(grids: readonly Grid[], setup: PaperSetup): Grid[] {
  const { seeds, protocols, trainingSteps } = setup;
  return grids
    .filter(
      ({ protocol = scoringDefaults.protocol, labels = "hard" }) =>
        protocol === scoringDefaults.protocol && labels === "hard",
    )
    .flatMap((grid) =>
      protocols.map((protocol) => ({
        ...grid,
        seeds,
        trainings: [0],
        protocol,
        ...(trainingSteps === undefined ? {} : { steps: trainingSteps }),
        variants: uniqWith(
          grid.variants.filter((variant) => isOf(variant, setup)).map((variant) => scaled(variant, setup)),
          (a, b) => isEqual(a.options, b.options),
        ),
      })),
    );
}

function isOf({ options, denoiser }: Variant, { methods }: PaperSetup): boolean {
  return (methods as readonly string[]).includes(options.method) && denoiser === undefined;
}

function scaled({ name, options }: Variant, setup: PaperSetup): Variant {
  if (selects(options.method)) return { name, options };
  const own = setup.options[options.method] as Partial<Variant["options"]> | undefined;
  return { name, options: { ...options, ...setup.sampling, ...own } };
}

// igds bounds: every bound and estimator beside the truth, on a Gaussian mixture for which it is known.
import { Command } from "commander";
import type { BoundReport } from "../information/boundReport";
import { compareBounds } from "../information/compareBounds";
import { drawMixture } from "../information/randomMixture";
import { engineReady } from "../tensor/engine";
import { Seed } from "../tensor/random";
import { number, printJson, wholeNumber } from "./options";

interface BoundsOptions {
  dimension: number;
  classes: number;
  contexts: number;
  separation: number;
  imbalance: number;
  samples: number;
  ipc: number;
  seed: string;
  json?: boolean;
}

export function boundsCommand(): Command {
  return new Command("bounds")
    .description(
      "Draw a labelled Gaussian mixture, whose information is known, and a sample from it; fit every bound to the " +
        "sample and print each beside the truth, in nats with 95 % intervals.",
    )
    .option("--dimension <d>", "dimension of the points", wholeNumber(1), 16)
    .option("--classes <c>", "classes, equally likely", wholeNumber(1), 4)
    .option("--contexts <k>", "Gaussians in each class", wholeNumber(1), 3)
    .option("--separation <s>", "typical distance between means, in standard deviations", number, 3)
    .option("--imbalance <r>", "largest weight of a Gaussian in its class over the smallest", number, 1)
    .option("--samples <n>", "points that the fits share", wholeNumber(1), 4000)
    .option(
      "--ipc <n>",
      "images of each class in the blurred sets of the mixture bounds; clusters of each class as guidance fits them",
      wholeNumber(1),
      10,
    )
    .option("--seed <seed>", "seed of the mixture and of the sample", "0")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Quantities:
  I(X;Y)    prototype information
  I(X;Z|Y)  information part of H(X|Y): which Gaussian of its class a point comes from
  H(X|Y)    contextual information, a differential entropy
  set       information part of a set of --ipc points of a class, blurred by the median rule
"lower" bounds lie below the truth in the mean, "upper" ones above; "none" promises neither. Those marked * are what
guidance makes of its images; of those marked ~ it has the formula, but fits what enters it in another way, as the lines
below the table tell. --json says of every estimator what it is. The interval of a bound says how well the sample
determines it, not how far it is from the truth.`,
    )
    .action(bounds);
}

async function bounds(options: BoundsOptions): Promise<void> {
  const { json, seed, samples, ipc, ...settings } = options;
  const mixture = drawMixture(settings, new Seed(seed).child("mixture"));
  await engineReady();
  const { truth, bounds: reports } = compareBounds(mixture, { samples, ipc }, new Seed(seed).child("bounds"));
  if (json)
    printJson({ settings: { ...settings, samples, ipc, seed }, unit: "nats", truth, bounds: reports });
  else process.stdout.write(inWords(reports));
}

/** A table, quantity by quantity. */
function inWords(reports: readonly BoundReport[]): string {
  const lines: string[] = [];
  for (const quantity of new Set(reports.map((report) => report.quantity))) {
    const own = reports.filter((report) => report.quantity === quantity);
    const { truth, truthStandardError } = own[0]!;
    lines.push(
      `${quantity.padEnd(28)} ${truth.toFixed(4).padStart(9)}  +- ${(1.96 * truthStandardError).toFixed(4)}  the truth`,
    );
    for (const { name, value, standardError, side, seconds, ...mark } of own) {
      lines.push(
        `  ${markOf(mark)} ${name.padEnd(24)} ${value.toFixed(4).padStart(9)}  ` +
          `+- ${(1.96 * standardError).toFixed(4)}  ${side.padEnd(5)} ${seconds.toFixed(2).padStart(7)} s`,
      );
    }
  }
  for (const report of reports)
    if (report.guides) lines.push(`${markOf(report)} ${report.name}: ${report.says}`);
  return `${lines.join("\n")}\n`;
}

function markOf({ guides, asItGuides }: Pick<BoundReport, "guides" | "asItGuides">): string {
  if (asItGuides) return "*";
  return guides ? "~" : " ";
}

// The table above the gallery: each claim of the abstract with what was found, for IGDS as it is here and for the two terms
// of the abstract alone. Where a claim is about guidance the stored rows are asked; else it is the notebook's verdict.
import * as igds from "../../src";
import { type VerdictRecord, verdictMark } from "../../src/notebook/claimRecord";
import { accuracySummaries, summariesOf } from "./storedSummaries";

/** A difference at one number of images per class; above zero if the claim holds there. */
interface AtIpc {
  readonly ipc: number;
  readonly difference: { readonly mean: number; readonly ci95: number };
}

/**
 * In words: "yes (5 of 5)" where all intervals lie above zero, else where they lie above, below and on both sides.
 * @param where before the numbers of images per class
 */
export function inWords(differences: readonly AtIpc[], where = "at IPC"): string {
  const all = [...differences].sort((a, b) => a.ipc - b.ipc);
  if (all.length === 0) return "not asked";
  const above = all.filter(isAbove);
  if (above.length === all.length) return `yes (${all.length} of ${all.length})`;
  const below = all.filter(({ difference: { mean, ci95 } }) => mean + ci95 < 0);
  const others = all.filter((one) => !above.includes(one) && !below.includes(one));
  const said = { yes: above, no: below, unclear: others };
  return Object.entries(said)
    .flatMap(([word, some]) =>
      some.length > 0 ? `${word} ${where} ${some.map(({ ipc }) => ipc).join(", ")}` : [],
    )
    .join("; ");
}

/** What the gain at the lowest number of images per class has more than at each other. Sets of two IPCs are independent. */
export function moreAtLowest(gains: readonly AtIpc[]): AtIpc[] {
  const [lowest, ...others] = [...gains].sort((a, b) => a.ipc - b.ipc);
  return others.map(({ ipc, difference: { mean, ci95 } }) => ({
    ipc,
    difference: {
      mean: lowest!.difference.mean - mean,
      ci95: Math.hypot(lowest!.difference.ci95, ci95),
    },
  }));
}

/** Whether the whole interval lies above zero. */
function isAbove({ difference: { mean, ci95 } }: AtIpc): boolean {
  return mean - ci95 > 0;
}

/** How many intervals lie above zero. */
export function counted(differences: readonly AtIpc[]): string {
  if (differences.length === 0) return "not asked";
  return `${differences.filter(isAbove).length} of ${differences.length} comparisons`;
}

const short = { holds: "holds", partly: "in part", fails: "does not hold", undecided: "undecided" } as const;

/** The sign of a verdict and a word, and of many pieces of evidence how many are for it. */
export function verdictCell(record: Pick<VerdictRecord, "verdict" | "words"> | undefined): string {
  if (!record?.verdict) return "not run";
  const count = /^\d+ of \d+(?= differences)/.exec(record.words)?.[0];
  return `${verdictMark(record.verdict).sign} ${short[record.verdict]}${count ? ` (${count})` : ""}`;
}

/**
 * The table in Markdown.
 * @param verdicts what each notebook found, by its name
 */
export async function claimsTable(verdicts: ReadonlyMap<string, VerdictRecord>): Promise<string> {
  const [main, ablation] = [await accuracySummaries(), await summariesOf("ablation")];
  const gain = (name: string, over: string) => igds.experiment.contrasts(main, name, [over]);
  const atLowest = (name: string) =>
    [
      ["own scales", "diffusion"],
      ["same scale", "diffusion, same scale"],
    ]
      .map(([scale, over]) => `${scale}: ${inWords(moreAtLowest(gain(name, over!)), "against IPC")}`)
      .join("<br>");
  const beyondParts = (name: string, parts: readonly string[]) =>
    // At IPC 1 there is no variety to weigh: what lacks the contextual term alone is the same set.
    igds.experiment
      .contrasts(ablation, name, parts)
      .filter((test) => test.ipc > 1 || test.name === "none" || test.name === "H alone");
  const row = (
    letter: string,
    question: string,
    notebook: string,
    [ours, theirs]: readonly string[] = [verdictCell(verdicts.get(notebook)), "not asked"],
  ) => [letter, `[${question}](../notebooks/figures/${notebook}.ipynb)`, ours, theirs];
  const both = (of: (name: string) => string) => ["igds", "igds, two terms"].map(of);
  const rows = [
    ["claim", "asked of Fashion-MNIST", "IGDS with our set term", "the abstract's two terms"],
    ["---", "---", "---", "---"],
    row("a", "plain samples less diverse than real images", "low-ipc-diversity"),
    row("b", "accuracy grows with each information", "two-informations"),
    row("c", "the best sets hold more context at larger IPC", "context-scales-with-ipc"),
    row("c, d", "the best β grows with IPC, and can be chosen", "beta-of-ipc"),
    row("d", "ends with more of both informations, same noise", "denoising-steps"),
    row("d", "better than no term and than parts of it", "ablation", [
      counted(beyondParts("both", ["none", "I alone", "H alone", "wrong sign"])),
      counted(beyondParts("without I of the set", ["none", "I of images alone", "H alone"])),
    ]),
    row("e", "the bounds lie below the truth, and near it", "bounds-are-tight"),
    row("f", "more of both and of accuracy with any sampler and denoiser", "plugs-into-any-model"),
    row(
      "g",
      "better than plain diffusion at each IPC",
      "accuracy-over-ipc",
      both((name) => inWords(gain(name, "diffusion"))),
    ),
    row("h", "the gain is largest at IPC 1", "accuracy-over-ipc", both(atLowest)),
    row("-", "covers more of the real images", "coverage-map"),
    row("-", "better for other networks too", "cross-architecture"),
    row("-", "costs less than half as much again", "cost"),
  ];
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

// The findings of an audit as a table for people.
import type { Audit } from "../evaluate/audit";
import type { MeanInterval } from "../evaluate/statistics";

/** What the folder's own manifest says, and whether its files are as it says. */
export interface ManifestFindings {
  readonly method: string;
  readonly ipc: number;
  readonly finished: boolean;
  readonly dataset: string;
  readonly faults: readonly string[];
}

/** Suspicious images that are named. */
const MOST_LISTED = 10;

/** The audit of a folder as lines of text. */
export function auditTable(folder: string, manifest: ManifestFindings | null, findings: Audit): string {
  const { information, coverage, copies, balance, suspicious, accuracy, reference } = findings;
  const counts = balance.counts.map(({ images }) => images);
  const nats = (value: number) => value.toFixed(3);
  // "-" where a class has too few real images for a set of this size.
  const none = "-";
  const interval = (value: MeanInterval | null | undefined, digits = 3) =>
    value ? `${value.mean.toFixed(digits)} +- ${value.ci95.toFixed(digits)}` : none;
  const cell = (text: string, width: number) => `${text.padEnd(width - 2)}  `;
  const row = (name: string, own: string, real = "") =>
    `  ${cell(name, 36)}${cell(own, 24)}${real}`.trimEnd();
  const { contextual, real, ceiling } = information;
  const made = manifest
    ? `made by ${manifest.method}, ${manifest.finished ? "" : "unfinished, "}${manifest.faults.length === 0 ? "files as its manifest says" : `${manifest.faults.length} files not as its manifest says: ${manifest.faults.slice(0, 3).join("; ")}`}`
    : "no manifest";
  const lines = [
    `${folder}: ${findings.images} images for ${findings.dataset}, ${made}`,
    row("", "this set", "as many random real images"),
    "information (nats)",
    ...information.prototype.map(({ judge, bound, standardError }, j) =>
      row(
        `I(X;Y) >=, ${judge}`,
        `${nats(bound)} +- ${nats(1.96 * standardError)}`,
        interval(real?.prototype[j].bound),
      ),
    ),
    row(
      "I(X;Y) >=, real images by this set",
      information.set
        ? `${nats(information.set.bound)} +- ${nats(1.96 * information.set.standardError)}`
        : "a class has no image",
      interval(real?.set),
    ),
    row(
      "H(X|Y), mixture low .. high",
      `${nats(contextual.mixture.low)} .. ${nats(contextual.mixture.high)}`,
      real ? `${interval(real.contextual.low)} .. ${interval(real.contextual.high)}` : none,
    ),
    row("H(X|Y) >=, context", nats(contextual.context), interval(real?.contextual.context)),
    row("H(X|Y) >=, cmi", nats(contextual.cmi), interval(real?.contextual.cmi)),
    row(
      "ceilings I of the set, of real, H",
      [balance.entropy, balance.ceiling, ceiling].map(nats).join(", "),
    ),
    `coverage (features of ${reference.network}, held-out real images)`,
    ...(["precision", "recall", "density", "coverage", "frechet", "vendi"] as const).map((name) =>
      row(name, coverage.set[name].toFixed(3), coverage.real?.[name].toFixed(3) ?? none),
    ),
    "copies",
    row("exact copies of training images", `${copies.exact}`),
    row(
      "near-copies",
      `${copies.near}`,
      `nearer than ${nats(copies.threshold)}; real ones ${nats(copies.typical)}`,
    ),
    row("equal pairs inside the set", `${copies.twins}`),
    "labels",
    row("images per class", `${Math.min(...counts)} .. ${Math.max(...counts)}`, ""),
    row(
      "taken for another class",
      `${suspicious.length} (${((100 * suspicious.length) / findings.images).toFixed(1)} %)`,
      `${(100 - reference.heldOutAccuracy).toFixed(1)} % of held-out ones`,
    ),
    ...suspicious
      .slice(0, MOST_LISTED)
      .map(({ image, label, found, probability }) =>
        row(`  ${image}`, `${label} -> ${found}`, `${(100 * probability).toFixed(0)} % sure`),
      ),
    ...(suspicious.length > MOST_LISTED ? [`    and ${suspicious.length - MOST_LISTED} more`] : []),
    ...(accuracy
      ? [
          `accuracy (${accuracy.network}, protocol ${accuracy.protocol}, ${accuracy.seeds.length} networks)`,
          row("last step", `${interval(accuracy.last, 1)} %`),
          row("best step", `${interval(accuracy.best, 1)} %`),
        ]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

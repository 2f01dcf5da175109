// igds audit: everything that can be said of a folder of distilled images, whoever made it.
import path from "node:path";
import { Command, Option } from "commander";
import { readImageFolder } from "../datasets/imageFolder";
import { loadDataset } from "../datasets/load";
import { checkpointFolder } from "../distill/distiller";
import { findManifest } from "../distill/manifest";
import { verifyImages } from "../distill/manifestImages";
import { type Audit, auditSet } from "../evaluate/audit";
import { type ProtocolName, protocolNames } from "../evaluate/protocols";
import { loadReferenceClassifier } from "../evaluate/referenceClassifier";
import type { MeanInterval } from "../evaluate/statistics";
import { loadClassifier } from "../guidance/classifier";
import { cleanJudge } from "../guidance/cleanJudge";
import { type Progress, progress } from "../notebook/progress";
import { engineReady } from "../tensor/engine";
import { loadWithBar, printJson } from "./options";

interface AuditOptions {
  dataset: string;
  folder?: string;
  reference?: string;
  protocol: ProtocolName;
  accuracy: boolean;
  json?: boolean;
}

/** What the folder's own manifest says, and whether its files are as it says. */
interface ManifestFindings {
  readonly method: string;
  readonly ipc: number;
  readonly finished: boolean;
  readonly dataset: string;
  readonly faults: readonly string[];
}

export function auditCommand(): Command {
  return new Command("audit")
    .description(
      "Audit a folder of distilled images, FOLDER/<class>/*.png, whoever made it: prototype and contextual " +
        "information with their bounds, coverage of the real images, near-copies of training images, class " +
        "balance, labels that look wrong, and accuracy.",
    )
    .argument("<set>", "folder of the set")
    .option("--dataset <name>", "dataset that it was distilled from", "fashion-mnist")
    .option("--folder <dir>", "folder that holds the dataset's files")
    .option("--reference <file>", "checkpoint of the reference classifier (default: the shipped one)")
    .addOption(
      new Option("--protocol <name>", "protocol of the accuracy")
        .choices([...protocolNames])
        .default("quick"),
    )
    .option("--no-accuracy", "train no networks on the set")
    .option("--json", "print all findings as JSON")
    .action(audit);
}

async function audit(folder: string, options: AuditOptions): Promise<void> {
  await engineReady();
  const dataset = await loadDataset(options.dataset, loadWithBar(options.folder));
  const set = await readImageFolder(folder, dataset);
  const manifest = await manifestFindings(folder);
  const reference = await loadReferenceClassifier(dataset, options.reference);
  const classifier = path.join(checkpointFolder, `${dataset.name}-classifier.safetensors`);
  const guide = cleanJudge(await loadClassifier(classifier), "guiding classifier");
  const bars = new Map<string, Progress>();
  const findings = await auditSet(set, dataset, {
    reference,
    guide,
    evaluation: options.accuracy ? { protocol: options.protocol } : null,
    onProgress: ({ label, done, total }) => {
      const stage = label.startsWith("network") ? "accuracy" : label;
      const bar = bars.get(stage) ?? progress(stage, total);
      bars.set(stage, bar);
      bar.set(done);
      if (done >= total) void bar.finish();
    },
  });
  guide.dispose();
  reference.dispose();
  if (options.json) printJson({ folder: path.resolve(folder), manifest, ...findings });
  else process.stdout.write(inWords(folder, manifest, findings));
}

async function manifestFindings(folder: string): Promise<ManifestFindings | null> {
  const manifest = await findManifest(folder);
  if (!manifest) return null;
  const { method, ipc, finished, dataset } = manifest;
  const { faults } = await verifyImages(folder, manifest);
  return { method, ipc, finished, dataset, faults: faults.map(({ fault }) => fault) };
}

const MOST_LISTED = 10;

function inWords(folder: string, manifest: ManifestFindings | null, findings: Audit): string {
  const { information, coverage, copies, balance, suspicious, accuracy, reference } = findings;
  const counts = balance.counts.map(({ images }) => images);
  const nats = (value: number) => value.toFixed(3);
  const interval = ({ mean, ci95 }: MeanInterval, digits = 3) =>
    `${mean.toFixed(digits)} +- ${ci95.toFixed(digits)}`;
  const cell = (text: string, width: number) => `${text.padEnd(width - 2)}  `;
  const row = (name: string, own: string, real = "") =>
    `  ${cell(name, 36)}${cell(own, 24)}${real}`.trimEnd();
  const { contextual, real, ceiling } = information;
  const made = manifest
    ? `made by ${manifest.method}, ${manifest.faults.length === 0 ? "files as its manifest says" : `${manifest.faults.length} files not as its manifest says: ${manifest.faults.slice(0, 3).join("; ")}`}`
    : "no manifest";
  const lines = [
    `${folder}: ${findings.images} images for ${findings.dataset}, ${made}`,
    row("", "this set", "as many random real images"),
    "information (nats)",
    ...information.prototype.map(({ judge, bound, standardError }, j) =>
      row(
        `I(X;Y) >=, ${judge}`,
        `${nats(bound)} +- ${nats(1.96 * standardError)}`,
        interval(real.prototype[j].bound),
      ),
    ),
    row(
      "H(X|Y), mixture low .. high",
      `${nats(contextual.mixture.low)} .. ${nats(contextual.mixture.high)}`,
      `${interval(real.contextual.low)} .. ${interval(real.contextual.high)}`,
    ),
    row("H(X|Y) >=, context", nats(contextual.context), interval(real.contextual.context)),
    row("H(X|Y) >=, cmi", nats(contextual.cmi), interval(real.contextual.cmi)),
    row("ceilings I, H", `${nats(balance.ceiling)}, ${nats(ceiling)}`),
    `coverage (features of ${reference.network}, held-out real images)`,
    ...(["precision", "recall", "density", "coverage", "frechet", "vendi"] as const).map((name) =>
      row(name, coverage.set[name].toFixed(3), coverage.real[name].toFixed(3)),
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

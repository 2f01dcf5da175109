// igds audit: everything that can be said of a folder of distilled images, whoever made it.
import { existsSync } from "node:fs";
import path from "node:path";
import { Command, Option } from "commander";
import { findManifest } from "../distill/manifest";
import { verifyImages } from "../distill/manifestImages";
import { auditSet } from "../evaluate/audit";
import { type ProtocolName, protocolNames } from "../evaluate/protocols";
import { loadReferenceClassifier } from "../evaluate/referenceClassifier";
import { importSet } from "../exchange/importSet";
import { cleanJudge } from "../guidance/cleanJudge";
import { loadClassifier } from "../guidance/loadClassifier";
import { shippedCheckpoint } from "../nn/shippedCheckpoints";
import { progressBars } from "../notebook/progressBars";
import { engineReady } from "../tensor/engine";
import { auditTable, type ManifestFindings } from "./auditTable";
import { formOf, type SetFormOptions, withExchangeOptions } from "./exchangeOptions";
import { printJson, sizeOption } from "./options";
import { datasetOfSets, type SetDatasetOptions, setDatasetOption } from "./setDataset";

interface AuditOptions extends SetDatasetOptions, SetFormOptions {
  reference?: string;
  classifier?: string;
  protocol: ProtocolName;
  accuracy: boolean;
  json?: boolean;
}

export function auditCommand(): Command {
  const command = new Command("audit")
    .description(
      "Audit a set of distilled images, FOLDER/<class>/*.png or a layout of igds export, whoever made it: prototype " +
        "and contextual information with their bounds, coverage of the real images, near-copies of training images, " +
        "class balance, labels that look wrong, and accuracy.",
    )
    .argument("<set>", "folder of the set")
    .addOption(setDatasetOption("dataset that it was distilled from"));
  return withExchangeOptions(command)
    .addOption(sizeOption())
    .option("--reference <file>", "checkpoint of the reference classifier (default: the shipped one)")
    .option(
      "--classifier <file>",
      "guiding classifier, a second judge (default: the shipped one, if there is one)",
    )
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
  const form = await formOf(options);
  await engineReady();
  const dataset = await datasetOfSets([folder], options);
  const set = await importSet(folder, dataset, form);
  const manifest = await manifestFindings(folder, set.files);
  const reference = await loadReferenceClassifier(dataset, options.reference);
  const guide = await guidingJudge(dataset.name, options.classifier);
  const findings = await auditSet(set, dataset, {
    reference,
    ...(guide ? { guide } : {}),
    evaluation: options.accuracy ? { protocol: options.protocol } : null,
    onProgress: progressBars(),
  });
  guide?.dispose();
  reference.dispose();
  if (options.json) printJson({ folder: path.resolve(folder), manifest, ...findings });
  else process.stdout.write(auditTable(folder, manifest, findings));
}

/** The classifier that guides on this dataset; null where none was named and none is shipped. */
async function guidingJudge(dataset: string, named: string | undefined) {
  const file = named ?? shippedCheckpoint(dataset, "classifier");
  if (named === undefined && !existsSync(file)) return null;
  return cleanJudge(await loadClassifier(file), "guiding classifier");
}

/** @param files those of the set, as they were read */
async function manifestFindings(folder: string, files: readonly string[]): Promise<ManifestFindings | null> {
  const manifest = await findManifest(folder);
  if (!manifest) return null;
  const { method, ipc, finished, dataset } = manifest;
  const { faults } = await verifyImages(folder, manifest);
  const told = new Set(manifest.images.map(({ file }) => file));
  const untold = files
    .filter((file) => !told.has(file))
    .map((file) => `${file}: the manifest does not tell of it`);
  return { method, ipc, finished, dataset, faults: [...faults.map(({ fault }) => fault), ...untold] };
}

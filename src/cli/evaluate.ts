// igds evaluate: the score of a distilled set, or of any folder of labelled images.
import { Command, Option } from "commander";
import { readImageFolder } from "../datasets/imageFolder";
import { loadDataset } from "../datasets/load";
import { findManifest } from "../distill/manifest";
import { evaluateSet } from "../evaluate/protocol";
import { protocolDefaults } from "../evaluate/protocols";
import { progress } from "../notebook/progress";
import { engineReady } from "../tensor/engine";
import { loadWithBar, printJson, wholeNumber } from "./options";

interface EvaluateOptions {
  dataset: string;
  folder?: string;
  repeats: number;
  steps: number;
  on: "test" | "held-out";
  json?: boolean;
}

export function evaluateCommand(): Command {
  return new Command("evaluate")
    .description(
      "Train networks from scratch on a distilled set and test them on real images. Reads FOLDER/<class>/*.png, " +
        "whoever made it.",
    )
    .argument("<set>", "folder of the set")
    .option("--dataset <name>", "dataset whose test images decide", "fashion-mnist")
    .option("--folder <dir>", "folder that holds the dataset's files")
    .option(
      "--repeats <n>",
      "networks to train, each from its own seed",
      wholeNumber(2),
      protocolDefaults.seeds.length,
    )
    .option("--steps <n>", "training steps of each network", wholeNumber(1), protocolDefaults.steps)
    .addOption(
      new Option("--on <images>", "images to test on; held-out training images are for choosing settings")
        .choices(["test", "held-out"])
        .default("test"),
    )
    .option("--json", "print the result as JSON")
    .action(evaluate);
}

async function evaluate(folder: string, options: EvaluateOptions): Promise<void> {
  await engineReady();
  const dataset = await loadDataset(options.dataset, loadWithBar(options.folder));
  const set = await readImageFolder(folder, dataset);
  const method = (await findManifest(folder))?.method;
  let bar: ReturnType<typeof progress> | undefined;
  const result = await evaluateSet(set, dataset, {
    seeds: Array.from({ length: options.repeats }, (_, i) => i),
    steps: options.steps,
    on: options.on,
    ...(method ? { method } : {}),
    onProgress: ({ label, done, total }) => {
      bar ??= progress("evaluating", total);
      bar.set(done, label);
    },
  });
  await bar?.finish();
  if (options.json) {
    printJson(result);
    return;
  }
  const { last, best, network, seeds, ipc } = result;
  process.stdout.write(
    `${network} trained on ${ipc} images per class, ${seeds.length} networks, accuracy on ${result.on} images:\n` +
      `  last step  ${last.mean.toFixed(1)} % +- ${last.ci95.toFixed(1)} (95 % interval)\n` +
      `  best step  ${best.mean.toFixed(1)} % +- ${best.ci95.toFixed(1)}\n`,
  );
}

// igds evaluate: the score of distilled sets, or of any folders of labelled images.
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { gather, gatherLabels } from "../datasets/batches";
import type { Dataset } from "../datasets/dataset";
import { findManifest, libraryVersion } from "../distill/manifest";
import { EvaluationStates } from "../evaluate/evaluationStates";
import type { LabelledSet } from "../evaluate/labelledSet";
import { type EvaluationOverSeeds, evaluateSets, type OverSeeds } from "../evaluate/overSeeds";
import { pairedTest } from "../evaluate/pairedTest";
import { type ProtocolName, protocolDefaults, protocolNames, protocolOf } from "../evaluate/protocols";
import { expectRankable, rankSet } from "../evaluate/rankSet";
import { loadReferenceClassifier } from "../evaluate/referenceClassifier";
import { type ImportOptions, importSet } from "../exchange/importSet";
import { readClassifier } from "../nn/classifierWeights";
import { FrozenClassifier } from "../nn/frozenClassifier";
import { openWeights } from "../nn/weightFile";
import { progressBars } from "../notebook/progressBars";
import { engineReady, type Tensor, tf } from "../tensor/engine";
import { formOf, type SetFormOptions, withExchangeOptions } from "./exchangeOptions";
import { number, onlyIf, printJson, sizeOption, wholeNumber } from "./options";
import { datasetOfSets, type SetDatasetOptions, setDatasetOption } from "./setDataset";

interface CommandOptions extends SetDatasetOptions, SetFormOptions {
  protocol: ProtocolName;
  repeats: number;
  steps?: number;
  on: "test" | "held-out";
  soft?: boolean;
  reference?: string;
  teacher?: string;
  teacherPart?: string;
  inputSize?: number;
  whole?: boolean;
  against?: string[];
  rank?: number;
  state: string;
  saveEvery?: number;
  json?: boolean;
}

export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description(
      "Train networks from scratch on a distilled set and test them on real images. Reads FOLDER/<class>/*.png " +
        "and the layouts of igds export, whoever made it. Several folders are sets that one method made from different seeds: the result is their " +
        "mean, with the spread between sets and between networks apart. A killed evaluation goes on when it is started again.",
    )
    .argument("[sets...]", "folders of the sets")
    .addOption(setDatasetOption("dataset whose test images decide"));
  return withExchangeOptions(command)
    .addOption(sizeOption())
    .addOption(
      new Option("--protocol <name>", "network and training; convnet3-plain is that of published tables")
        .choices([...protocolNames])
        .default("quick"),
    )
    .option(
      "--repeats <n>",
      "networks to train on each set, each from its own seed",
      wholeNumber(1),
      protocolDefaults.seeds.length,
    )
    .option("--steps <n>", "training steps of each network (default: those of the protocol)", wholeNumber(1))
    .addOption(
      new Option("--on <images>", "images to test on; held-out training images are for choosing settings")
        .choices(["test", "held-out"])
        .default("test"),
    )
    .option("--soft", "train on the soft labels of the reference classifier")
    .option(
      "--reference <file>",
      "with --soft or --rank: checkpoint of the reference classifier (default: the shipped one)",
    )
    .option("--teacher <file>", "weights of a trained classifier, for protocols that take labels from one")
    .option("--teacher-part <name>", "part of that file that holds them, such as model")
    .option(
      "--input-size <pixels>",
      "side of the network's input, for protocols of photographs (default: the protocol's)",
      wholeNumber(1),
    )
    .option("--whole", "train on all real training images: the ceiling (give --steps, as 5000)")
    .option("--against <sets...>", "sets of another method, from the same seeds: adds a paired test")
    .option(
      "--rank <accuracy>",
      "add DD-Ranking's robust scores; the accuracy is that of --whole, in percent",
      percentage,
    )
    .option(
      "--state <dir>",
      "folder where a killed evaluation finds what was done; emptied at the end",
      path.join("out", "evaluations"),
    )
    .option("--save-every <seconds>", "how often that is saved (default: 60)", number)
    .option("--json", "print the result as JSON")
    .action(evaluate);
}

function percentage(text: string): number {
  const value = number(text);
  if (value < 0 || value > 100) throw new InvalidArgumentError("Expected a percentage, 0 to 100.");
  return value;
}

/** What needs no dataset is said before one is loaded. @throws for options that do not go together */
function expectFitting(folders: readonly string[], options: CommandOptions): void {
  if (options.whole ? folders.length > 0 : folders.length === 0)
    throw new Error("Give the folders of one or more sets, or --whole and no folder.");
  if (options.rank !== undefined && folders.length !== 1)
    throw new Error(`--rank takes a single set, found ${folders.length}.`);
  if (options.rank !== undefined) expectRankable({ protocol: options.protocol });
  if (options.against && (folders.length < 2 || options.against.length !== folders.length))
    throw new Error(
      `A paired test needs at least two sets of each method, from the same seeds in the same order; found ` +
        `${folders.length} against ${options.against.length}.`,
    );
  const { soft, rank, reference, teacher, teacherPart } = options;
  onlyIf(soft === true || rank !== undefined, "with --soft or --rank", { reference });
  onlyIf(teacher !== undefined, "with --teacher", { "teacher-part": teacherPart });
  if (teacher !== undefined && !protocolOf(options.protocol).teacher)
    throw new Error(
      `--teacher is for protocols that take labels from one (${protocolNames.filter((name) => protocolOf(name).teacher).join(", ")}), ` +
        `not for "${options.protocol}".`,
    );
}

async function evaluate(folders: string[], options: CommandOptions): Promise<void> {
  expectFitting(folders, options);
  const form = await formOf(options);
  await engineReady();
  const dataset = await datasetOfSets([...folders, ...(options.against ?? [])], options);
  const read = (list: readonly string[]) =>
    Promise.all(list.map((folder) => readSet(folder, dataset, options, form)));
  const given = options.whole ? [wholeSet(dataset)] : await read(folders);
  const givenOthers = await read(options.against ?? []);
  // DD-Ranking compares a set that has soft labels with real images that have some.
  const asked = options.soft || (options.rank !== undefined && given.some(({ targets }) => targets));
  const reference = asked ? await loadReferenceClassifier(dataset, options.reference) : undefined;
  const labelled = (set: LabelledSet): LabelledSet =>
    options.soft && reference ? { ...set, targets: reference.probabilities(set.images) } : set;
  const sets = given.map(labelled);
  const others = givenOthers.map(labelled);
  const method = folders[0] && (await findManifest(folders[0]))?.method;
  const teacher = options.teacher ? await loadTeacher(options.teacher, options) : undefined;
  const states = new EvaluationStates(options.state, {
    version: libraryVersion(),
    ...(options.saveEvery === undefined ? {} : { saveEvery: options.saveEvery }),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const settings = {
    states,
    ...(teacher ? { teacherNetwork: teacher } : {}),
    ...(options.inputSize ? { inputSize: options.inputSize } : {}),
    protocol: options.protocol,
    seeds: Array.from({ length: options.repeats }, (_, i) => i),
    ...(options.steps
      ? {
          steps: options.steps,
          checkpoints: Math.min(options.steps, protocolOf(options.protocol).checkpoints),
        }
      : {}),
    on: options.on,
  };
  const result = await evaluateSets(sets, dataset, {
    ...settings,
    ...(method ? { method } : {}),
    onProgress: progressBars("evaluating"),
  });
  const against = others.length
    ? await evaluateSets(others, dataset, {
        ...settings,
        onProgress: progressBars("evaluating the other sets"),
      })
    : undefined;
  const test = against && pairedTest(ofNetworks(result), ofNetworks(against));
  const ranking =
    options.rank === undefined
      ? undefined
      : await rankSet(sets[0], dataset, {
          ...settings,
          wholeHard: options.rank,
          ...(reference ? { reference } : {}),
        });
  await states.remove();
  reference?.dispose();
  teacher?.dispose();
  if (options.json) {
    const own = sets.length === 1 ? result.sets[0] : result;
    printJson({
      dataset: dataset.name,
      ...own,
      ...(against ? { against, test } : {}),
      ...(ranking ? { ranking } : {}),
    });
    return;
  }
  process.stdout.write(inWords(result, dataset.name));
  if (against && test)
    process.stdout.write(
      `against:\n${inWords(against, dataset.name)}difference of the last step, set by set: ${test.difference.mean.toFixed(2)} +- ` +
        `${test.difference.ci95.toFixed(2)}; p = ${test.pT.toPrecision(2)} (paired t), ` +
        `${test.pSignFlip.toPrecision(2)} (exact sign flips)\n`,
    );
  if (ranking)
    process.stdout.write(
      `DD-Ranking: label-robust score ${ranking.labelRobust.toFixed(3)}, augmentation-robust score ` +
        `${ranking.augmentationRobust.toFixed(3)}\n`,
    );
}

function ofNetworks({ sets }: EvaluationOverSeeds): (readonly number[])[] {
  return sets.map(({ last }) => last.values);
}

async function readSet(
  folder: string,
  dataset: Dataset,
  { protocol, soft }: CommandOptions,
  form: ImportOptions,
): Promise<LabelledSet> {
  // Protocols of photographs bring every image to their size themselves.
  const size = protocolOf(protocol).photographs ? "own" : "dataset";
  const { files: _, ...set } = await importSet(folder, dataset, { ...form, size });
  if (soft && set.targets)
    throw new Error(
      `${folder} has soft labels of its own, which --soft would replace by those of the reference classifier. Leave out --soft.`,
    );
  return set;
}

/** A teacher whose images are those of the protocol. */
async function loadTeacher(
  file: string,
  { protocol, teacherPart, inputSize }: CommandOptions,
): Promise<FrozenClassifier> {
  const { photographs } = protocolOf(protocol); // all protocols with a teacher are of photographs
  const opened = await openWeights(file, teacherPart ? { part: teacherPart } : {});
  try {
    const { network, weights } = await readClassifier(opened, inputSize ?? photographs!.size);
    const teacher = new FrozenClassifier(network, weights);
    tf.dispose(weights as Record<string, Tensor>);
    return teacher;
  } finally {
    await opened.close();
  }
}

function wholeSet(dataset: Dataset): LabelledSet {
  const all = Int32Array.from({ length: dataset.train.count }, (_, i) => i);
  return { images: gather(dataset.train, dataset.shape, all), labels: gatherLabels(dataset.train, all) };
}

function inWords({ sets, last, best }: EvaluationOverSeeds, dataset: string): string {
  const [{ network, protocol, seeds, ipc, on, labels }] = sets;
  const single = sets.length === 1;
  const line = (name: string, values: OverSeeds, own: { mean: number; ci95: number }) => {
    const { mean, ci95 } = single ? own : values.mean;
    const spread = single
      ? ""
      : `, deviation ${values.betweenSets.toFixed(1)} between sets, ${values.withinSets.toFixed(1)} between networks`;
    const interval = Number.isNaN(ci95)
      ? ""
      : ` +- ${ci95.toFixed(1)} (95 % interval${single ? "" : " over sets"})`;
    return `  ${name}  ${mean.toFixed(1)} %${interval}${spread}\n`;
  };
  return (
    `${network} (${protocol}) trained on ${ipc} ${ipc === 1 ? "image" : "images"} per class, ${labels} labels, ` +
    `${single ? "" : `${sets.length} sets, `}${seeds.length} ${seeds.length === 1 ? "network" : "networks"}${single ? "" : " each"}, accuracy on the ${on} images of ${dataset}:\n` +
    line("last step", last, sets[0].last) +
    line("best step", best, sets[0].best)
  );
}

// igds train: the denoisers, the classifier that guides, and the one that judges.
import path from "node:path";
import { Command, Option } from "commander";
import type { Dataset, Split } from "../datasets/dataset";
import { finetuneMinimax, finetuneMinimaxDefaults as minimax } from "../diffusion/finetuneMinimax";
import { handOverTraining } from "../diffusion/handOver";
import { type Prediction, predicting } from "../diffusion/prediction";
import { trainClassifier, trainClassifierDefaults } from "../diffusion/trainClassifier";
import { trainDenoiser, trainDenoiserDefaults } from "../diffusion/trainDenoiser";
import { openDataset } from "../distill/open";
import {
  type ReferenceClassifierOptions,
  referenceClassifierDefaults,
  trainReferenceClassifier,
} from "../evaluate/referenceClassifier";
import { loadCheckpoint } from "../nn/checkpointFile";
import { dit, ditDefaults } from "../nn/dit";
import { denoiserFile } from "../nn/shippedCheckpoints";
import { timeClassifier, timeClassifierDefaults } from "../nn/timeClassifier";
import { stateFileOf } from "../nn/trainingRun";
import { unet, unetDefaults } from "../nn/unet";
import { progress } from "../notebook/progress";
import { progressBars } from "../notebook/progressBars";
import { lossCurve } from "../plot/loss";
import { staticPicture } from "../plot/staticPicture";
import { writeFileAtomic } from "../tensor/atomicFile";
import { engineReady } from "../tensor/engine";
import { batchSizeFor } from "./batchSize";
import { type LatentOptions, latentOptionsOf, withLatentOptions } from "./latentOptions";
import { loadWithBar, number, onlyIf, printJson, wholeNumber } from "./options";

interface TrainOptions extends LatentOptions {
  dataset: string;
  folder?: string;
  model: "unet" | "dit" | "classifier" | "reference";
  out?: string;
  steps?: number;
  batch?: number;
  rate?: number;
  seed: string;
  saveEvery?: number;
  predict: Prediction["kind"];
  finetune?: "minimax";
  from?: string;
  handOver?: string;
  json?: boolean;
}

export function trainCommand(): Command {
  const command = new Command("train")
    .description(
      "Train a denoiser, the time-conditional classifier that guides, or the reference classifier that judges. A " +
        "killed run goes on where it was saved last when it is started again with the same options.",
    )
    .option("--dataset <name>", "dataset to train on", "fashion-mnist")
    .option("--folder <dir>", "folder that holds the dataset's files");
  return withLatentOptions(command)
    .addOption(
      new Option("--model <kind>", "what to train")
        .choices(["unet", "dit", "classifier", "reference"])
        .default("unet"),
    )
    .option("--out <file>", "checkpoint to write (default: out/checkpoints/DATASET-MODEL.safetensors)")
    .option(
      "--steps <n>",
      `training steps (default: ${trainDenoiserDefaults.steps}, classifier ${trainClassifierDefaults.steps}, reference ${referenceClassifierDefaults.steps})`,
      wholeNumber(1),
    )
    .option(
      "--batch <n>",
      `images per step (default: ${trainDenoiserDefaults.batch}, reference ${referenceClassifierDefaults.batch}; all where there are fewer)`,
      wholeNumber(1),
    )
    .option(
      "--rate <x>",
      `peak learning rate (default: ${trainDenoiserDefaults.rate}, reference ${referenceClassifierDefaults.rate})`,
      number,
    )
    .option("--seed <seed>", "source of weights, order and noise", "0")
    .option(
      "--save-every <seconds>",
      "how often the state is saved from which a killed run goes on (default: 60)",
      number,
    )
    .addOption(
      new Option(
        "--predict <what>",
        "what the denoiser predicts: epsilon: the noise; x0: the image; v: both, mixed by the noise level; flow: the velocity of a " +
          "flow from image to noise; edm: EDM's mixture",
      )
        .choices(["epsilon", "x0", "v", "flow", "edm"])
        .default("epsilon"),
    )
    .addOption(
      new Option(
        "--finetune <how>",
        `go on from a trained denoiser: minimax pulls what it predicts towards all real images of the class and apart from ` +
          `each other (Gu et al., CVPR 2024; default: ${minimax.steps} steps, batch ${minimax.batch}, rate ${minimax.rate})`,
      ).choices(["minimax"]),
    )
    .option("--from <file>", "denoiser to fine-tune (default: the shipped one of the model)")
    .option(
      "--hand-over <file>",
      "write what training a denoiser needs to a file and end: src/bench/torch/train_denoiser.py takes the steps in " +
        "PyTorch, and the same command without this option ends the training",
    )
    .option("--json", "print the recipe and the loss curve as JSON")
    .action(train);
}

/** Images per step. */
const usualBatch: Readonly<Record<TrainOptions["model"], number>> = {
  unet: trainDenoiserDefaults.batch,
  dit: trainDenoiserDefaults.batch,
  classifier: trainClassifierDefaults.batch,
  reference: referenceClassifierDefaults.batch,
};

/** The training's steps in PyTorch. */
const twin = path.resolve(__dirname, "..", "..", "src", "bench", "torch", "train_denoiser.py");

const say = (line: string) => process.stderr.write(`${line}\n`);

/** What needs no dataset is said before one is loaded. @throws for options that do not go together */
function expectFitting({ model, finetune, from, predict, out, handOver, json }: TrainOptions): void {
  const denoises = model === "unet" || model === "dit";
  if (from && !finetune) throw new Error("--from names the denoiser to fine-tune: add --finetune minimax.");
  if (finetune && !denoises)
    throw new Error(`--finetune ${finetune} is for denoisers; found --model ${model}. Use unet or dit.`);
  if (predict !== "epsilon" && (finetune || !denoises))
    throw new Error(
      `--predict ${predict} is for training a denoiser: expected --model unet or dit, and no --finetune.`,
    );
  if (handOver && (finetune || !denoises))
    throw new Error(
      "--hand-over is for training a denoiser: expected --model unet or dit, and no --finetune.",
    );
  onlyIf(!handOver, "without --hand-over", { json });
  if (out && !out.endsWith(".safetensors"))
    throw new Error(`--out names the checkpoint: expected a name that ends in .safetensors, found ${out}.`);
}

async function train(options: TrainOptions): Promise<void> {
  expectFitting(options);
  const loading = { ...loadWithBar(options.folder), ...latentOptionsOf(options) };
  await engineReady();
  const dataset = await openDataset(options.dataset, loading);
  const [height, width, channels] = dataset.shape;
  const space = { height, width, channels, classes: dataset.classes.length };
  const { model, finetune, predict } = options;
  const kind = finetune ?? (predict === "epsilon" ? null : predict);
  const name = `${dataset.name}-${model}${kind ? `-${kind}` : ""}.safetensors`;
  const file = path.resolve(options.out ?? `out/checkpoints/${name}`);
  const settings = {
    file,
    seed: options.seed,
    ...(options.steps ? { steps: options.steps } : {}),
    ...(finetune && !options.batch
      ? {}
      : { batch: options.batch ?? batchSizeFor(dataset, usualBatch[model], say) }),
    ...(options.rate === undefined ? {} : { rate: options.rate }),
    ...(options.saveEvery === undefined ? {} : { saveEvery: options.saveEvery }),
  };
  const denoiser = () =>
    predicting(
      options.model === "unet" ? unet({ ...unetDefaults, ...space }) : dit({ ...ditDefaults, ...space }),
      predictionOf(predict, dataset),
    );
  if (options.handOver) {
    const to = path.resolve(options.handOver);
    const taken = await handOverTraining(to, denoiser(), dataset, settings);
    say(
      `Wrote ${to} after ${taken} steps. Now: python3 ${twin} ${to} ` +
        `${stateFileOf(file)}, then this command again without --hand-over.`,
    );
    return;
  }
  if (options.model === "reference") {
    await trainReference(dataset, settings, options.json ?? false);
    return;
  }
  const events = finetune
    ? finetuneMinimax(
        await loadCheckpoint(denoiserFile(dataset.name, options.from ?? model)),
        dataset,
        settings,
      )
    : options.model === "classifier"
      ? trainClassifier(timeClassifier({ ...timeClassifierDefaults, ...space }), dataset, settings)
      : trainDenoiser(denoiser(), dataset, settings);
  let bar: ReturnType<typeof progress> | undefined;
  let recent = Number.NaN;
  for await (const { step, steps, loss } of events) {
    bar ??= progress(`training ${options.model}`, steps);
    recent = Number.isNaN(recent) ? loss : 0.98 * recent + 0.02 * loss;
    bar.set(step, `loss ${recent.toFixed(4)}`);
  }
  await bar?.finish();
  await conclude(file, options.json ?? false);
}

function predictionOf(kind: Prediction["kind"], { train }: Dataset): Prediction {
  // Our networks resolve times of some hundreds best.
  return kind === "edm" ? { kind, sigmaData: deviationOf(train), timeScale: 250 } : { kind };
}

/** Standard deviation of the values: pixels in [-1, 1], or latents. */
function deviationOf({ images, values }: Split): number {
  let [sum, squares] = [0, 0];
  for (const given of values ?? images) {
    const value = values ? given : given / 127.5 - 1;
    sum += value;
    squares += value * value;
  }
  const count = (values ?? images).length;
  return Math.sqrt(squares / count - (sum / count) ** 2);
}

async function trainReference(
  dataset: Dataset,
  settings: ReferenceClassifierOptions & { file: string },
  json: boolean,
): Promise<void> {
  const classifier = await trainReferenceClassifier(dataset, { ...settings, onProgress: progressBars() });
  classifier.dispose();
  await conclude(settings.file, json);
}

/** Draws the loss curve beside the checkpoint, and says what was made. */
async function conclude(file: string, json: boolean): Promise<void> {
  const { recipe, sha256 } = await loadCheckpoint(file);
  const curve = lossCurve(recipe.losses.map(([step, loss]) => ({ step, loss })));
  await writeFileAtomic(file.replace(/\.safetensors$/, ".loss.png"), await staticPicture(curve));
  if (json) printJson({ file, sha256, recipe });
  else say(`Wrote ${file} after ${recipe.steps} steps in ${recipe.seconds} s.`);
}

// igds distill: a distilled set as a folder of images with its manifest.
import path from "node:path";
import { Command, Option } from "commander";
import { loadDataset } from "../datasets/load";
import { distilInto } from "../distill/distil";
import { open } from "../distill/distiller";
import { guidanceDefaults, type Method, methods, samplingDefaults, selects } from "../distill/settings";
import { progress } from "../notebook/progress";
import { loadWithBar, number, printJson, wholeNumber } from "./options";

interface DistillOptions {
  dataset: string;
  folder?: string;
  method: Method;
  ipc: number;
  seed: string;
  out: string;
  denoiser?: string;
  classifier?: string;
  steps?: number;
  sampler?: "ddim" | "ddpm";
  guidanceScale?: number;
  weight?: number;
  beta?: number | "auto";
  contextual?: "mixture" | "context";
  window?: [number, number];
  json?: boolean;
}

export function distillCommand(): Command {
  const { steps, sampler, guidanceScale } = samplingDefaults;
  const { weight, beta, contextual, window } = guidanceDefaults;
  return new Command("distill")
    .description(
      "Distil a dataset into a few images per class: FOLDER/<class>/<i>.png and FOLDER/manifest.json. A killed run " +
        "goes on when it is started again, and ends with the same bytes.",
    )
    .option("--dataset <name>", "dataset to distil", "fashion-mnist")
    .option("--folder <dir>", "folder that holds the dataset's files")
    .addOption(
      new Option(
        "--method <name>",
        "random, kmeans (pixels), herding and kcenter (features) pick real images; diffusion samples with classifier-free guidance alone; igds adds " +
          "information guidance",
      )
        .choices([...methods])
        .default("igds"),
    )
    .option("--ipc <n>", "images per class", wholeNumber(1), 10)
    .option("--seed <seed>", "source of all noise; methods share it image by image", "0")
    .requiredOption("--out <dir>", "folder to write")
    .option("--denoiser <file>", "checkpoint to sample from (default: the shipped U-Net)")
    .option("--classifier <file>", "checkpoint of the classifier that guides (default: the shipped one)")
    .option("--steps <n>", `denoising steps (default: ${steps})`, wholeNumber(2))
    .addOption(new Option("--sampler <name>", `sampler (default: ${sampler})`).choices(["ddim", "ddpm"]))
    .option("--guidance-scale <x>", `classifier-free guidance, 1 is none (default: ${guidanceScale})`, number)
    .option("--weight <x>", `igds: weight of the prototype term (default: ${weight})`, number)
    .option(
      "--beta <x>",
      `igds: weight of contextual against prototype information (default: ${beta})`,
      (text) => (text === "auto" ? "auto" : number(text)),
    )
    .addOption(
      new Option("--contextual <bound>", `igds: bound on H(X|Y) (default: ${contextual})`).choices([
        "mixture",
        "context",
      ]),
    )
    .option("--window <low,high>", `igds: time steps that are guided (default: ${window.join()})`, (text) => {
      const parts = text.split(",").map(Number);
      return parts as [number, number];
    })
    .option("--json", "print the manifest, without its images, as JSON")
    .action(distill);
}

async function distill({
  dataset: name,
  folder,
  out,
  denoiser,
  classifier,
  json,
  ...options
}: DistillOptions): Promise<void> {
  const loading = loadWithBar(folder);
  const source = selects(options.method)
    ? await loadDataset(name, loading)
    : await open(name, {
        ...loading,
        ...(denoiser ? { denoiser } : {}),
        ...(classifier ? { classifier } : {}),
      });
  let bar: ReturnType<typeof progress> | undefined;
  const { images, ...manifest } = await distilInto(path.resolve(out), source, {
    ...options,
    onProgress: (done, total) => {
      bar ??= progress(`distilling by ${options.method}`, total);
      bar.set(done);
    },
  });
  await bar?.finish();
  if (json) printJson({ folder: path.resolve(out), ...manifest, images: images.length });
  else process.stderr.write(`Wrote ${images.length} images and manifest.json to ${out}.\n`);
}

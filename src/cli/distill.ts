// igds distill: a distilled set as a folder of images with its manifest.
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadDataset } from "../datasets/load";
import { type SamplerName, samplerNames } from "../diffusion/samplers";
import { betaOfIpc } from "../distill/beta";
import { explainBeta } from "../distill/betaPilot";
import { distillInto, setOptions } from "../distill/distill";
import { type Method, methodHelp, methods, samplingMethods, selects } from "../distill/methods";
import { open } from "../distill/open";
import { type PartOptions, partDefaults, partNames } from "../distill/parts";
import { SET_IMAGES, setWeightOfIpc } from "../distill/setTerm";
import {
  contextualTerms,
  guidanceDefaults,
  type SetFeatures,
  samplingDefaults,
  setFeatures,
} from "../distill/settings";
import { progress } from "../notebook/progress";
import { progressBars } from "../notebook/progressBars";
import { remarkOf } from "../queue/board";
import { shardsByQueue } from "../queue/shardsByQueue";
import { type LatentOptions, latentOptionsOf, withLatentOptions } from "./latentOptions";
import { denoiserOption, loadWithBar, newFolder, number, printJson, wholeNumber } from "./options";
import { addressOf } from "./worker";

interface CommandOptions extends LatentOptions {
  dataset: string;
  folder?: string;
  method: Method;
  ipc: number;
  seed: string;
  out: string;
  denoiser?: string;
  classifier?: string;
  reference?: string;
  steps?: number;
  sampler?: SamplerName;
  guidanceScale?: number;
  weight?: number;
  setWeight?: number | "rule";
  setFeatures?: SetFeatures;
  setImages?: number;
  beta?: number | "rule" | "auto";
  contextual?: (typeof contextualTerms)[number];
  guidanceInterval?: [number, number];
  window?: [number, number];
  gradient?: "x0" | "exact";
  norm?: "potential" | "unit";
  largestChange?: number;
  with?: PartOptions;
  queue?: string | boolean;
  json?: boolean;
}

export function distillCommand(): Command {
  const { steps, sampler, guidanceScale } = samplingDefaults;
  const { weight, setWeight, beta, contextual, window, gradient, norm, largestChange } = guidanceDefaults;
  const command = new Command("distill")
    .usage("--out <dir> [options]")
    .description(
      "Distill a dataset into a few images per class: FOLDER/<class>/<i>.png and FOLDER/manifest.json. A killed run " +
        "goes on when it is started again, and ends with the same bytes.",
    )
    .option("--dataset <name>", "dataset to distill", "fashion-mnist")
    .option("--folder <dir>", "folder that holds the dataset's files");
  return withLatentOptions(command)
    .addOption(
      new Option(
        "--method <name>",
        "random, kmeans (pixels), herding and kcenter (features) pick real images; the others sample, see below",
      )
        .choices([...methods])
        .default("igds"),
    )
    .option("--ipc <n>", "images per class", wholeNumber(1), 10)
    .option("--seed <seed>", "source of all noise; methods share it image by image", "0")
    .requiredOption("--out <dir>", "folder to write (required)", newFolder)
    .addOption(denoiserOption())
    .option("--classifier <file>", "checkpoint of the classifier that guides (default: the shipped one)")
    .option(
      "--reference <file>",
      "for herding and kcenter: classifier in whose features they pick (default: the shipped one)",
    )
    .option("--steps <n>", `denoising steps (default: ${steps})`, wholeNumber(2))
    .addOption(new Option("--sampler <name>", `sampler (default: ${sampler})`).choices(samplerNames))
    .option("--guidance-scale <x>", `classifier-free guidance, 1 is none (default: ${guidanceScale})`, number)
    .option(
      "--guided-channels <n>",
      "channels that the scale acts on, 3 of 4 in DiT's own code (default: all)",
      wholeNumber(1),
    )
    .option(
      "--guidance-interval <low,high>",
      "time steps at which the scale acts; at the others the denoiser is asked once instead of twice (default: all)",
      timeSpan,
    )
    .option("--weight <x>", `igds: weight of the prototype term of each image (default: ${weight})`, number)
    .option(
      "--set-weight <x>",
      `igds: weight of the set term (what its images together tell of real ones); rule: ${setWeightOfIpc(1)} / sqrt(IPC) ` +
        `(default: ${setWeight})`,
      (text) => (text === "rule" ? text : number(text)),
    )
    .addOption(
      new Option(
        "--set-features <kind>",
        "igds: what that term sees images by: ConvNets that learn from few real images; untrained ones, where the engine " +
          "cannot train; or mixed, learners with the pixels beside them, for networks without " +
          `convolutions (default: ${setFeatures[0]})`,
      ).choices([...setFeatures]),
    )
    .option(
      "--set-images <n>",
      `igds: real images of each class that it asks (default: ${SET_IMAGES})`,
      wholeNumber(1),
    )
    .option(
      "--beta <x>",
      `igds: weight of contextual against prototype information; rule: ${betaOfIpc(10)} ln IPC / ln 10; auto finds the smallest at ` +
        `which a pilot is as varied as real images (default: ${beta})`,
      (text) => (text === "auto" || text === "rule" ? text : number(text)),
    )
    .addOption(
      new Option(
        "--contextual <bound>",
        `igds: bound on H(X|Y), or cmi, by the classifier image by image (default: ${contextual})`,
      ).choices([...contextualTerms]),
    )
    .option("--window <low,high>", `igds: time steps that are guided (default: ${window.join()})`, timeSpan)
    .addOption(
      new Option(
        "--gradient <kind>",
        `of terms by x0hat: by a formula, or exactly through the denoiser, in about twice the time (default: ${gradient})`,
      ).choices(["x0", "exact"]),
    )
    .addOption(
      new Option(
        "--norm <rule>",
        `potential scales gradients by the doubt about x0 at the step, unit gives all of them one length (default: ${norm})`,
      ).choices(["potential", "unit"]),
    )
    .option(
      "--largest-change <x>",
      `largest change of x0hat in one step, root mean square (default: ${largestChange})`,
      number,
    )
    .option(
      "--with <part...>",
      `add parts to the method, or set its own: ${partNames.join(", ")}; NAME, NAME=off, or NAME={"setting":value}`,
      partOption,
    )
    .option(
      "--queue [url]",
      "have the images made by workers (igds worker) that take their work from this Redis server; the set is the same",
    )
    .option("--json", "print the manifest, without its images, as JSON")
    .addHelpText(
      "after",
      `\nMethods that sample, with [parts], all by the same denoiser, steps and noise:\n${methodHelp()}\n\nParts and their defaults:\n` +
        partNames.map((name) => `  ${name.padEnd(10)}${JSON.stringify(partDefaults[name])}`).join("\n"),
    )
    .action(distill);
}

/** Reads LOW,HIGH; the settings check how large they are. */
function timeSpan(text: string): [number, number] {
  const [low, high, ...more] = text
    .split(",")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (Number.isInteger(low) && Number.isInteger(high) && more.length === 0) return [low!, high!];
  throw new InvalidArgumentError("Expected LOW,HIGH, two time steps of 0 to 999, such as 510,999.");
}

/** Reads NAME, NAME=off or NAME={"setting":value}; called for each value of --with. */
function partOption(text: string, before: PartOptions = {}): PartOptions {
  const [, name, value = "{}"] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (!(partNames as readonly string[]).includes(name))
    throw new InvalidArgumentError(`"${name}" is not a part. Expected one of ${partNames.join(", ")}.`);
  if (value === "off") return { ...before, [name]: false };
  try {
    const settings: unknown = JSON.parse(value);
    if (typeof settings === "object" && settings !== null) return { ...before, [name]: settings };
  } catch {
    // said below
  }
  throw new InvalidArgumentError(
    `Expected settings such as ${name}=${JSON.stringify(partDefaults[name as keyof PartOptions])}.`,
  );
}

/** @throws naming the options that a method which picks real images has no use for */
function expectNoModels(method: Method, given: Readonly<Record<string, unknown>>): void {
  const wrong = Object.keys(given).filter((name) => given[name] !== undefined);
  if (wrong.length > 0)
    throw new Error(
      `"${method}" picks real images, which takes no models and seconds; found --${wrong.join(", --")}. Leave that out, or ` +
        `use a method that samples: ${samplingMethods.join(", ")}.`,
    );
}

async function distill({
  dataset: name,
  folder,
  out,
  denoiser,
  classifier,
  size,
  vae,
  latents,
  json,
  with: parts,
  queue,
  ...options
}: CommandOptions): Promise<void> {
  if (selects(options.method)) expectNoModels(options.method, { denoiser, classifier, vae, latents, queue });
  let bar: ReturnType<typeof progress> | undefined;
  const shards = queue
    ? shardsByQueue({
        address: addressOf(queue === true ? undefined : queue),
        dataset: name,
        say: (line) => process.stderr.write(`${line}\n`),
        onBoard: (board) => {
          bar ??= progress(`distilling by ${options.method}, shards`, board.total);
          bar.set(board.done, remarkOf(board));
        },
      })
    : undefined;
  const settings = { ...options, ...parts, ...(shards ? { shards } : {}) };
  setOptions(settings); // a slip is said before anything is loaded
  const loading = { ...loadWithBar(folder), ...latentOptionsOf({ size, vae, latents }) };
  const source = selects(options.method)
    ? await loadDataset(name, loading)
    : await open(name, {
        ...loading,
        ...(denoiser ? { denoiser } : {}),
        ...(classifier ? { classifier } : {}),
      });
  const { images, ...manifest } = await distillInto(path.resolve(out), source, {
    ...settings,
    onBeta: (found) => process.stderr.write(`${explainBeta(found)}\n`),
    onProgress: progressBars(),
  });
  await bar?.finish();
  if (json) printJson({ folder: path.resolve(out), ...manifest, images: images.length });
  else process.stderr.write(`Wrote ${images.length} images and manifest.json to ${out}.\n`);
}

// Options that several commands share, and how their values are read.
import { existsSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import type { LoadOptions } from "../datasets/dataset";
import { shortNames } from "../diffusion/loadDenoiser";
import { missingFolders } from "../distill/emptyFolders";
import { shippedDenoisers } from "../nn/shippedCheckpoints";
import { progressBars } from "../notebook/progressBars";

/** Reads a whole number. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    return value;
  };
}

/** Reads whole numbers with commas between them. */
export function wholeNumbers(least: number): (text: string) => number[] {
  const one = wholeNumber(least);
  return (text) => text.split(",").map(one);
}

/** Reads a number. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

/** The option of a command on pictures of any size. */
export function sizeOption(): Option {
  return new Option(
    "--size <n>",
    "side of pictures that come in any size (default: the dataset's)",
  ).argParser(wholeNumber(1));
}

/** The option that names a denoiser; `note` comes first. */
export function denoiserOption(note = ""): Option {
  return new Option(
    "--denoiser <file>",
    `${note}denoiser to sample from: unet-long, unet-minimax or dit (shipped as well), a checkpoint, or a published one such as ` +
      "DiT-XL-2-256x256.pt (default: the shipped U-Net)",
  ).argParser((text) => {
    if (!Object.hasOwn(shippedDenoisers, text) && !existsSync(text))
      throw new InvalidArgumentError(`There is no such file. ${shortNames(text)}`);
    return text;
  });
}

/** Reads the name of a folder that is to be written. */
export function newFolder(text: string): string {
  try {
    missingFolders(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return text;
}

/**
 * For options that do something in one case alone, and would be passed over without a word in the others.
 * @param when the case, as "with --vae"
 * @param options by their names, as they were given
 * @throws Error naming those that were given where it is not the case
 */
export function onlyIf(isSo: boolean, when: string, options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).filter((name) => options[name] !== undefined);
  if (isSo || given.length === 0) return;
  throw new Error(`${given.map((name) => `--${name}`).join(", ")}: only ${when}. Otherwise leave that out.`);
}

/** Writes a result for machines: one JSON value on standard output. Progress and words go to standard error. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Load options that show a bar while a dataset is fetched. */
export function loadWithBar(folder?: string, size?: number): LoadOptions {
  return { ...(folder ? { folder } : {}), ...(size ? { size } : {}), onProgress: progressBars() };
}

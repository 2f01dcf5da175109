// igds worker: takes work from a queue, on as many machines as there are.
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { open } from "../distill/open";
import { modelsFor } from "../experiment/experiment";
import { Remembered } from "../experiment/remembered";
import { addressVariable, queueAddress } from "../queue/address";
import { cellWorker } from "../queue/cellWork";
import { Refusal } from "../queue/runFile";
import { serve } from "../queue/worker";
import { type LatentOptions, latentOptionsOf, withLatentOptions } from "./latentOptions";
import { denoiserOption, loadWithBar, newFolder, number } from "./options";

interface WorkerOptions extends LatentOptions {
  queue?: string;
  out: string;
  folder?: string;
  denoiser?: string;
  classifier?: string;
  lostAfter: number;
  idle?: number;
}

/** Exit code of a worker that must not do what waits in the queue. */
const REFUSED = 2;

export function workerCommand(): Command {
  const command = new Command("worker")
    .description(
      "Take shards of distilled sets, and cells of experiments, from a queue. Start as many as you like, where you like; one " +
        "that dies loses nothing. Ctrl-C, or SIGTERM, gives the shard in hand back to the queue; a cell is " +
        "finished first. " +
        "docs/cluster.md has the whole way.",
    )
    .option("--queue <url>", `address of the Redis server (default: the variable ${addressVariable})`)
    .option(
      "--out <dir>",
      "folder in which the sets lie: the parent of the --out of igds distill",
      newFolder,
      "out",
    )
    .option("--folder <dir>", "folder that holds the dataset's files")
    .addOption(denoiserOption())
    .option("--classifier <file>", "checkpoint of the classifier that guides (default: the shipped one)")
    .option(
      "--lost-after <seconds>",
      "a worker without a sign of life for so long counts as dead",
      seconds,
      120,
    )
    .option("--idle <seconds>", "end after so long without work (default: wait for ever)", seconds);
  return withLatentOptions(command).action(work);
}

/** The address that a command line, or the environment, gives. @throws if neither does */
export function addressOf(queue: string | undefined): ReturnType<typeof queueAddress> {
  const text = queue ?? process.env[addressVariable];
  if (text) return queueAddress(text);
  throw new Error(`Expected --queue redis://HOST:PORT, or the address in ${addressVariable}, found neither.`);
}

function seconds(text: string): number {
  const value = number(text);
  if (value < 1 || value > 86_400) throw new InvalidArgumentError("Expected 1 to 86400 seconds.");
  return value;
}

async function work({ queue, out, lostAfter, idle, ...given }: WorkerOptions): Promise<void> {
  const address = addressOf(queue);
  const { folder, denoiser, classifier } = given;
  const files = {
    ...loadWithBar(folder),
    ...latentOptionsOf(given),
    ...(denoiser ? { denoiser } : {}),
    ...(classifier ? { classifier } : {}),
  };
  const opened = new Remembered((name: string) => open(name, files));
  const models = new Remembered((profile: string) => modelsFor(profile, files));
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stop.abort(new Error(`The worker was stopped by ${signal}.`)));
  try {
    const done = await serve({
      address,
      sets: path.resolve(out),
      open: (name) => opened.get(name),
      cell: cellWorker({
        sets: path.join(path.resolve(out), "sets"),
        models: (profile) => models.get(profile),
      }),
      lostAfter,
      ...(idle === undefined ? {} : { idle }),
      say: (line) => process.stderr.write(`${line}\n`),
      signal: stop.signal,
    });
    process.stderr.write(`Did ${done} jobs.\n`);
  } catch (error) {
    if (error instanceof Refusal) process.exitCode = REFUSED;
    throw error;
  }
}

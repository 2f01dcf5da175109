// igds doctor: what is installed and runs here, and what to do about what does not.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { Command } from "commander";
import { installed } from "../datasets/dataFolder";
import { datasetNames, datasetRemedy, findDataset } from "../datasets/load";
import { loadCheckpoint } from "../nn/checkpointFile";
import { checkpointFolder, shippedCheckpoint } from "../nn/shippedCheckpoints";
import { engineInfo, engineReady, tf } from "../tensor/engine";
import { engineInWords } from "../tensor/machine";
import { hasOwnOperations } from "../tensor/ownOperations";
import { printJson } from "./options";
import { setupCommandLine } from "./setup";

const run = promisify(execFile);
const root = path.join(__dirname, "..", "..");

/** One finding: what was found, or null and what to do. */
interface Finding {
  readonly found: string | null;
  readonly remedy: string | null;
}

export function doctorCommand(): Command {
  return new Command("doctor")
    .description(
      "Say what runs here: engine, Python, Jupyter, kernel, datasets, checkpoints; and what to do about the rest.",
    )
    .option("--json", "print the findings as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const findings = await examine();
      if (json) printJson(findings);
      else process.stdout.write(inWords(findings));
      if (!findings.works) process.exitCode = 1;
    });
}

async function examine() {
  const python = venvProgram("python");
  const [engine, pythonVersion, jupyter, kernel, datasets, checkpoints] = await Promise.all([
    examineEngine(),
    version(
      python,
      ["--version"],
      `Run \`${setupCommandLine}\`: it makes .venv with everything Jupyter needs.`,
    ),
    version(
      python,
      ["-m", "jupyterlab", "--version"],
      `Run \`${setupCommandLine}\`: it installs JupyterLab into .venv.`,
    ),
    examineKernel(),
    Promise.all(datasetNames().map(async (name) => [name, await examineDataset(name)] as const)),
    examineCheckpoints(),
  ]);
  return {
    /** Whether sampling works: there is an engine that computes. */
    works: engine.computes,
    engine,
    node: process.versions.node,
    python: pythonVersion,
    jupyter,
    kernel,
    datasets: Object.fromEntries(datasets),
    checkpoints,
  };
}

type Findings = Awaited<ReturnType<typeof examine>>;

async function examineEngine() {
  let computes = false;
  let fault: string | null = null;
  try {
    await engineReady();
    computes = tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0]) === 11;
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  return {
    ...engineInfo,
    computes,
    /** Whether the addon has the operations of src/tensor/native: without them all is slower, and the same. */
    ownOperations: hasOwnOperations(),
    /** What set-up tried, in order. */
    attempts: await setupAttempts(),
    remedy:
      engineInfo.backend !== "wasm"
        ? fault
        : `Sampling works but is slow, and training does not. Python 3.9 and g++ (C++17) being there, run: ${setupCommandLine}`,
  };
}

async function setupAttempts(): Promise<unknown[]> {
  try {
    const status = JSON.parse(await readFile(path.join(root, ".engine", "status.json"), "utf8")) as {
      attempts?: unknown[];
    };
    return status.attempts ?? [];
  } catch {
    return [];
  }
}

async function version(program: string, args: string[], remedy: string): Promise<Finding> {
  try {
    const { stdout } = await run(program, args, { timeout: 60_000 });
    return { found: stdout.trim().replace(/^Python /, ""), remedy: null };
  } catch {
    return { found: null, remedy };
  }
}

async function examineKernel(): Promise<Finding> {
  const spec = path.join(root, ".venv", "share", "jupyter", "kernels", "igds", "kernel.json");
  if (!existsSync(spec))
    return { found: null, remedy: `Run \`${setupCommandLine}\`: it registers the kernel in .venv.` };
  try {
    const { display_name: name } = JSON.parse(await readFile(spec, "utf8")) as { display_name: string };
    return { found: name, remedy: null };
  } catch (error) {
    return {
      found: null,
      remedy: `${spec} cannot be read (${error instanceof Error ? error.message : error}): run \`${setupCommandLine}\`, which writes it anew.`,
    };
  }
}

async function examineDataset(name: string): Promise<Finding> {
  const folder = await findDataset(name);
  return folder ? { found: folder, remedy: null } : { found: null, remedy: datasetRemedy(name) };
}

async function examineCheckpoints() {
  const files = (await readdir(checkpointFolder).catch(() => []))
    .filter((file) => file.endsWith(".safetensors"))
    .sort();
  return Promise.all(
    files.map(async (file) => {
      try {
        const { config, sha256, recipe } = await loadCheckpoint(path.join(checkpointFolder, file));
        return { file, kind: config.kind, dataset: recipe.dataset, steps: recipe.steps, sha256, fault: null };
      } catch (error) {
        return { file, fault: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

function venvProgram(name: string): string {
  return process.platform === "win32"
    ? path.join(root, ".venv", "Scripts", `${name}.exe`)
    : path.join(root, ".venv", "bin", name);
}

function inWords({ engine, node, python, jupyter, kernel, datasets, checkpoints }: Findings): string {
  const lines: string[] = [];
  const say = (good: boolean, what: string, found: string, remedy?: string | null) => {
    lines.push(`${good ? "ok     " : "missing"}  ${what.padEnd(12)} ${found}`);
    if (remedy) lines.push(`${" ".repeat(22)}${remedy}`);
  };
  say(
    engine.computes,
    "engine",
    `${engineInWords()}${engine.addon ? `, ${engine.addon}` : ""}`,
    engine.remedy,
  );
  if (engine.reason) lines.push(`${" ".repeat(22)}TensorFlow does not run: ${engine.reason.split("\n")[0]}`);
  if (engine.backend === "tensorflow" && engine.device === "cpu" && !engine.ownOperations)
    lines.push(
      `${" ".repeat(22)}Networks run slower than they could: this addon was not built here. With g++ (C++17) being there: ${setupCommandLine}`,
    );
  say(true, "node", node);
  for (const [what, finding] of [
    // Jupyter is the business of the project that igds is a package of.
    ...(installed
      ? []
      : [
          ["python", python],
          ["jupyter", jupyter],
          ["kernel", kernel],
        ]),
    // Those that nobody has fetched are not missed: `igds datasets` lists them all.
    ...Object.entries(datasets).filter(([one, { found }]) => found !== null || one === "fashion-mnist"),
  ] as [string, Finding][])
    say(finding.found !== null, what, finding.found ?? "not found", finding.remedy);
  if (checkpoints.length === 0)
    say(
      false,
      "checkpoints",
      `none in ${checkpointFolder}`,
      "Train them: " +
        (["unet", "classifier"] as const)
          .map((model) => `igds train --model ${model} --out ${shippedCheckpoint("fashion-mnist", model)}`)
          .join(", then "),
    );
  for (const checkpoint of checkpoints)
    say(
      checkpoint.fault === null,
      "checkpoint",
      "kind" in checkpoint
        ? `${checkpoint.file} (${checkpoint.kind}, ${checkpoint.steps} steps)`
        : checkpoint.file,
      checkpoint.fault,
    );
  return `${lines.join("\n")}\n`;
}

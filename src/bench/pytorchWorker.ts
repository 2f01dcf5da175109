// PyTorch beside the library: an environment of its own, and one process that does single runs on request.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { mkdirSync, statfsSync } from "node:fs";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { pathToFileURL } from "node:url";

const TORCH = "2.15.0";
const PILLOW = "13.0.0";
const root = path.resolve(__dirname, "..", "..");
/** Scripts stay where they are written; the library is compiled into another folder. */
const scripts = path.join(root, "src", "bench", "torch");
const cache = path.join(root, ".cache");
const venv = path.join(cache, "bench-venv");
const ownPython = path.join(venv, "bin", "python");

/** Where wheels come from: first PyTorch's own index, whose wheels hold no CUDA, then PyPI. */
const SOURCES = [["--index-url", "https://download.pytorch.org/whl/cpu"], []];
/** With CUDA libraries, the only x86 Linux wheels on PyPI, an install takes about 6 GB. */
const FREE_BYTES = 8e9;

/** What set-up knows of Python: modules that are no part of the compiled library. */
const fromSetUp = async (name: string) => import(pathToFileURL(path.join(root, "src", "setup", name)).href);

/** Creates the environment, if it is not there. @returns its Python @throws Error with the output of what failed */
export async function installPyTorch(log: (line: string) => void): Promise<string> {
  const installed = spawnSync(ownPython, ["-c", "import PIL, torch; print(torch.__version__)"], {
    encoding: "utf8",
  });
  if (installed.status === 0 && installed.stdout.startsWith(TORCH)) return ownPython;
  mkdirSync(cache, { recursive: true });
  const { bavail, bsize } = statfsSync(cache);
  if (bavail * bsize < FREE_BYTES)
    throw new Error(
      `PyTorch may need ${FREE_BYTES / 1e9} GB in ${venv}; there are ${((bavail * bsize) / 1e9).toFixed(1)} GB free.`,
    );
  log(`Installing PyTorch ${TORCH} into ${path.relative(root, venv)}: up to 3 GB to download, once`);
  // A previous install may have been broken off: begin anew.
  const { findPython } = (await fromSetUp("prerequisites.mjs")) as {
    findPython: () => { program: string } | undefined;
  };
  const { pipEnvironment } = (await fromSetUp("pythonEnvironment.mjs")) as {
    pipEnvironment: NodeJS.ProcessEnv;
  };
  const python = findPython();
  if (!python) throw new Error("Expected Python 3.9 or newer with venv, found none; PYTHON may name one.");
  execute(python.program, ["-m", "venv", "--clear", venv], { ...process.env, ...pipEnvironment });
  const temporary = path.join(cache, "tmp", String(process.pid)); // a set-up leaves it alone while this runs
  mkdirSync(temporary, { recursive: true });
  const failures: string[] = [];
  for (const source of SOURCES) {
    const args = ["-m", "pip", "install", "--no-input", "--no-cache-dir", "--retries", "1"];
    try {
      execute(ownPython, [...args, ...source, `torch==${TORCH}`, `pillow==${PILLOW}`], {
        ...process.env,
        ...pipEnvironment,
        TMPDIR: temporary,
      });
      return ownPython;
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new Error(failures.join("\n"));
}

function execute(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env });
  if (status === 0) return;
  const output = `${stdout ?? ""}${stderr ?? ""}`.trim().split("\n").slice(-5).join("\n");
  throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? output}`);
}

/** The process that runs PyTorch. One request at a time. */
export class PyTorchWorker {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private waiting: { resolve(line: string): void; reject(error: Error): void } | null = null;
  private errors = "";
  /** Why there is no process any more. */
  private ended: Error | null = null;

  /**
   * @param python one that has PyTorch and Pillow
   * @param device where PyTorch works
   * @param script in torch/
   */
  constructor(python: string, device: "cpu" | "cuda", script = "reference.py") {
    this.child = spawn(python, [path.join(scripts, script)], {
      env: {
        ...process.env,
        BENCH_DEVICE: device,
        OMP_NUM_THREADS: process.env.BENCH_THREADS,
        TORCHINDUCTOR_CACHE_DIR: path.join(venv, "inductor"),
      },
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.errors = (this.errors + text).slice(-2000);
    });
    this.lines = createInterface({ input: this.child.stdout });
    this.lines.on("line", (line) => this.waiting?.resolve(line));
    this.child.on("error", (error) => this.end(error));
    this.child.on("close", (code, signal) => {
      this.end(
        new Error(
          `${script} ended with ${signal ?? `status ${code}`}: ${this.errors.trim() || "no message"}`,
        ),
      );
    });
    // What is written to a process that is gone: its end says why.
    this.child.stdin.on("error", () => {});
  }

  private end(error: Error): void {
    this.ended ??= error;
    this.waiting?.reject(this.ended);
  }

  /** Milliseconds of one run. */
  async run(variant: "eager" | "compile"): Promise<number> {
    return (await this.ask<{ ms: number }>({ op: "run", variant })).ms;
  }

  /** Has the faster memory format of a variant found. @returns the result of its first run */
  async choose(variant: "eager" | "compile"): Promise<number[]> {
    return (await this.ask<{ output: number[] }>({ op: "choose", variant })).output;
  }

  stop(): void {
    this.child.stdin.end();
    this.lines.close();
  }

  /** @throws Error with what went wrong in Python */
  async ask<T>(request: object): Promise<T> {
    if (this.ended) throw this.ended;
    const line = await new Promise<string>((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    const answer = JSON.parse(line) as T & { error?: string };
    if (answer.error) throw new Error(answer.error);
    return answer;
  }
}

// The command line as a whole. What a process adds (its exit code, what it prints where) is asked of processes, the rest of the
// commands in this one.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { program } from "../../src/cli/program";
import { igds, main } from "../queue/program";
import { temporaryFolder } from "../temporaryFolder";
import { runCommand } from "./runCommand";

const run = promisify(execFile);
const root = path.resolve(__dirname, "..", "..");

/** A command of its own, as the command line has it. */
const command = (name: string) => program().commands.find((one) => one.name() === name)!;
/** Runs it in this process. */
const inProcess = (name: string, ...args: string[]) => runCommand(command(name), ...args);

describe("igds", () => {
  it("has help for every command", async () => {
    const { stdout } = await igds("--help");
    for (const name of ["doctor", "train", "distill", "evaluate", "audit", "verify", "figures"]) {
      expect(stdout).toContain(name);
      expect(command(name).helpInformation()).toContain("--json");
    }
    const help = await igds("distill", "--help");
    expect(help.code).toBe(0);
    expect(help.stdout).toContain("--json");
  });

  it("doctor says what runs", async () => {
    const { code, stdout } = await igds("doctor", "--json");
    const found = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(found.engine).toMatchObject({
      backend: "tensorflow",
      device: expect.any(String),
      computes: true,
      ownOperations: true,
    });
    expect(found.engine.tensorflow).toMatch(/^2\./);
    expect(found.node).toBe(process.versions.node);
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining(["python", "jupyter", "kernel", "datasets", "checkpoints"]),
    );
    expect(found.checkpoints.map(({ kind }: { kind: string }) => kind)).toEqual(
      expect.arrayContaining(["unet", "time-classifier"]),
    );
    expect((await igds("doctor")).stdout).toMatch(/^ok {7}engine/);
  });

  it("distills and evaluates", async () => {
    const folder = await temporaryFolder();
    const made = await igds(
      "distill",
      "--method",
      "diffusion",
      "--ipc",
      "1",
      "--steps",
      "4",
      "--out",
      folder,
      "--json",
    );
    expect(made.stderr).not.toContain("Error");
    expect(JSON.parse(made.stdout)).toMatchObject({
      method: "diffusion",
      ipc: 1,
      finished: true,
      images: 10,
    });
    const scored = await igds("evaluate", folder, "--repeats", "2", "--steps", "8", "--json");
    const result = JSON.parse(scored.stdout);
    expect(result).toMatchObject({
      ipc: 1,
      method: "diffusion",
      network: expect.any(String),
      seeds: ["0", "1"],
    });
    for (const kind of ["last", "best"])
      expect(result[kind]).toMatchObject({ mean: expect.any(Number), ci95: expect.any(Number) });
  });

  it("compares methods by several sets, and audits a set", async () => {
    const folder = await temporaryFolder();
    const sets = ["a", "b", "c", "d"].map((seed) => path.join(folder, seed));
    for (const out of sets) {
      const options = ["--method", "random", "--ipc", "2", "--seed", path.basename(out), "--out", out];
      expect((await inProcess("distill", ...options)).code).toBe(0);
    }
    const few = ["--protocol", "mlp", "--repeats", "1", "--steps", "8"];
    const compared = await igds(
      "evaluate",
      ...sets.slice(0, 2),
      "--against",
      ...sets.slice(2),
      ...few,
      "--json",
    );
    const result = JSON.parse(compared.stdout);
    expect(result.sets).toHaveLength(2);
    expect(result.sets[0]).toMatchObject({ protocol: "mlp", method: "random", labels: "hard", ipc: 2 });
    expect(result.test.difference.mean).toBeCloseTo(result.last.mean.mean - result.against.last.mean.mean, 8);
    expect(result.test.pSignFlip).toBeGreaterThanOrEqual(0.5);

    const [set] = sets as [string];
    await writeFile(path.join(set, "bag", "0.png"), await readFile(path.join(set, "bag", "1.png")));
    const { code, stdout } = await igds("audit", set, "--no-accuracy", "--json");
    expect(code).toBe(0);
    const audit = JSON.parse(stdout);
    expect(audit).toMatchObject({
      images: 20,
      manifest: { method: "random", faults: [expect.stringMatching(/bag.0\.png: expected SHA-256/)] },
      copies: { exact: 20, twins: 1 },
      reference: { network: "ConvNet-3 (64)" },
    });
    expect(audit.information.prototype.map(({ judge }: { judge: string }) => judge)).toEqual([
      "reference",
      "guiding classifier",
    ]);
  });

  it("trains, and prints the recipe", async () => {
    const file = path.join(await temporaryFolder(), "net.safetensors");
    const few = ["--steps", "3", "--batch", "8"];
    const { stdout } = await igds("train", "--model", "dit", ...few, "--out", file, "--json");
    expect(JSON.parse(stdout).recipe).toMatchObject({ dataset: "fashion-mnist", steps: 3, batch: 8 });
  });

  it("ends quietly when its reader has seen enough", async () => {
    const { stderr } = await run("bash", ["-c", `"${process.execPath}" "${main}" datasets | true`], {
      cwd: root,
    });
    expect(stderr).not.toMatch(/EPIPE|\n\s+at /);
  });

  it("says in one line what is wrong and what to do", async () => {
    const folder = await temporaryFolder();
    const wrong = [
      [["distill", "--ipc", "0", "--out", folder], /whole number of at least 1/],
      [
        ["distill", "--method", "magic", "--out", folder],
        /Allowed choices are random, kmeans, herding, kcenter, diffusion, igds/,
      ],
      [["distill", "--dataset", "emnist", "--out", folder], /Unknown dataset "emnist"/],
      [["distill", "--denoiser", "none.safetensors", "--out", folder], /none\.safetensors/],
      [["evaluate", folder], /class/],
      [["evaluate"], /folders of one or more sets, or --whole/],
      [["evaluate", folder, "--against", folder], /at least two sets of each method.*1 against 1/],
      [["evaluate", folder, "--protocol", "best"], /Allowed choices are quick, convnet3/],
      [["audit", folder], /expected one folder per class .*t-shirt-top/],
      [["audit", folder, "--dataset", "emnist"], /Unknown dataset "emnist"/],
      [["figures", "--from", folder], /No notebook/],
      [["figures", "--compute-only", "--ipc", "1"], /--compute-only: expected the NAME of a figure/],
      [["figures", "ablation", "--ipc", "1", "--jobs", "2"], /--ipc, --jobs: only with --compute-only/],
    ] as const;
    for (const [[name, ...args], message] of wrong) {
      const refusal = inProcess(name, ...args);
      await expect(refusal).rejects.toThrow(message);
      await expect(refusal).rejects.not.toThrow(/\n\s+at /);
    }
    // One that reading the options finds, one that the command finds, and one of the library.
    for (const [args, message] of [wrong[1], wrong[5], wrong[8]]) {
      const { code, stdout, stderr } = await igds(...args);
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });
});

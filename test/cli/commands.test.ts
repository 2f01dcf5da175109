import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../temporaryFolder";

const run = promisify(execFile);
const root = path.resolve(__dirname, "..", "..");
const main = path.join(root, "dist", "cli", "main.js");

/** Runs the built command line, as a user does. */
async function igds(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [main, ...args], {
      cwd: root,
      maxBuffer: 1 << 26,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe("igds", () => {
  beforeAll(async () => {
    await run(
      process.execPath,
      [path.join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.json"],
      {
        cwd: root,
      },
    );
  });

  it("has help for every command", async () => {
    const { stdout } = await igds("--help");
    for (const command of ["doctor", "train", "distill", "evaluate", "audit", "verify", "figures"]) {
      expect(stdout).toContain(command);
      const help = await igds(command, "--help");
      expect(help.code).toBe(0);
      expect(help.stdout).toContain("--json");
    }
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
    for (const out of sets)
      await igds("distill", "--method", "random", "--ipc", "2", "--seed", path.basename(out), "--out", out);
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

    const [set] = sets;
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
  }, 300_000);

  it("trains, and goes on where a checkpoint is asked for again", async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, "net.safetensors");
    const { stdout } = await igds(
      "train",
      "--model",
      "dit",
      "--steps",
      "3",
      "--batch",
      "8",
      "--out",
      file,
      "--json",
    );
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
    for (const [args, message] of [
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
    ] as const) {
      const { code, stdout, stderr } = await igds(...args);
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });
});

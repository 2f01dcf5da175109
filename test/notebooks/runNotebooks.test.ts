import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNotebook } from "../writeNotebook";

const root = path.resolve(__dirname, "..", "..");
const python = path.join(root, ".venv", "bin", "python");
const script = path.join(root, "src", "setup", "python", "run_notebooks.py");

interface Output {
  output_type: string;
  name?: string;
  text?: string[];
  ename?: string;
  traceback?: string[];
  data?: Record<string, string[]>;
}

// Each test starts several kernels: on a loaded machine that is long, and no fault.
describe("run_notebooks.py", { timeout: 900_000 }, () => {
  // Inside the project, so that a notebook finds the project's packages as the real ones do; a root of its
  // own, so that a build beside the tests does not make its notebooks out of date.
  const folder = path.join(root, "out", "test");
  let work: string;
  const run = (...args: string[]) =>
    spawnSync(
      python,
      [script, "--root", work, "--out", path.join(work, "done"), ...args, path.join(work, "in")],
      {
        encoding: "utf8",
        env: {
          ...process.env,
          JUPYTER_RUNTIME_DIR: path.join(work, "runtime"),
          IPYTHONDIR: path.join(work, "ipython"),
        },
      },
    );
  const executed = (name: string) =>
    JSON.parse(readFileSync(path.join(work, "done", name), "utf8")) as {
      metadata: { igds: { state: string } };
      cells: { outputs: Output[]; execution_count: number | null; source: string[] }[];
    };
  // A notebook file holds text as a list of lines.
  const text = (output: Output | undefined) => [output?.text ?? output?.data?.["text/plain"]].flat().join("");

  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    work = mkdtempSync(path.join(realpathSync(folder), "notebooks-"));
    mkdirSync(path.join(work, "in"));
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it("keeps outputs, parameters and the folder; does not repeat what is finished", () => {
    writeNotebook(path.join(work, "in", "good.ipynb"), [
      'for (let i = 0; i < 10000; i++) console.log("line " + i);',
      "JSON.parse(process.env.IGDS_PARAMETERS!).profile",
      "process.cwd()",
    ]);
    const first = run("--parameters", '{"profile": "quick"}');
    expect(first.stdout).toContain("cell 3/3");
    expect(first.status).toBe(0);
    const [lines, profile, where] = executed("good.ipynb").cells;
    expect(text(lines?.outputs[0])).toBe(Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join(""));
    expect(text(profile?.outputs[0])).toBe("'quick'");
    expect(text(where?.outputs[0])).toBe(`'${path.join(work, "in")}'`);

    expect(run("--parameters", '{"profile": "quick"}').stdout).toContain("up to date");
    expect(run("--parameters", '{"profile": "full"}').stdout).toContain("cell 3/3");

    // Stored results beside it are what a figure shows.
    mkdirSync(path.join(work, "in", "results"));
    writeFileSync(path.join(work, "in", "results", "rows.jsonl"), "{}\n");
    expect(run("--parameters", '{"profile": "full"}').stdout).toContain("cell 3/3");
    expect(run("--parameters", '{"profile": "full"}').stdout).toContain("up to date");
    execFileSync("rm", [path.join(work, "in", "good.ipynb")]);
  });

  it("saves a failing cell with its traceback, goes on with the next notebook, and fails", () => {
    writeNotebook(path.join(work, "in", "a-bad.ipynb"), ["1 + 1", 'throw new RangeError("too far")', "3"]);
    writeNotebook(path.join(work, "in", "b-good.ipynb"), ["2 + 2"]);
    const result = run();
    expect(result.status).toBe(1);
    expect(result.stdout).toMatch(/cell 2\/3 {2}failed/);
    expect(stripVTControlCharacters(result.stdout)).toContain("RangeError: too far");
    const bad = executed("a-bad.ipynb");
    expect(bad.metadata.igds.state).toBe("failed");
    expect(text(bad.cells[0]?.outputs[0])).toBe("2");
    expect(bad.cells[1]?.outputs[0]).toMatchObject({ output_type: "error", ename: "RangeError" });
    const traceback = bad.cells[1]?.outputs[0]?.traceback?.join("\n") ?? "";
    expect(stripVTControlCharacters(traceback)).toContain("RangeError: too far");
    expect(bad.cells[2]?.outputs).toEqual([]);
    expect(executed("b-good.ipynb").metadata.igds.state).toBe("finished");

    // What failed is tried again, what was finished is not.
    const again = run();
    expect(again.stdout).toContain("cell 1/3");
    expect(again.stdout).toMatch(/b-good.ipynb: up to date/);
  });

  it("does not see what commands write beside the shipped weights as another program", () => {
    const project = path.join(work, "project");
    const checkpoints = path.join(project, "data", "checkpoints");
    mkdirSync(checkpoints, { recursive: true });
    writeFileSync(path.join(project, "package-lock.json"), "{}");
    writeFileSync(path.join(checkpoints, "a.safetensors"), "weights");
    const ask =
      "import pathlib, sys, run_notebooks; print(run_notebooks.hash_of_program(pathlib.Path(sys.argv[1])))";
    const hash = () =>
      execFileSync(python, ["-B", "-c", ask, project], { encoding: "utf8", cwd: path.dirname(script) });
    const before = hash();
    writeFileSync(path.join(checkpoints, "a.beta.json"), "{}");
    expect(hash()).toBe(before);
    writeFileSync(path.join(checkpoints, "a.safetensors"), "other weights");
    expect(hash()).not.toBe(before);
  });

  it("does not look for --only in the folders above", () => {
    expect(run("--only", path.basename(work)).stdout).toContain("No notebooks whose path contains");
  });

  it("says so when --only matches nothing", () => {
    const result = run("--only", "no such notebook");
    expect(result.status).toBe(1);
    expect(result.stdout).toContain("No notebooks whose path contains 'no such notebook'");
  });
});

// `npm start` with stand-ins for all that it calls, each of which notes what it was asked.
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Project } from "./project.mjs";

let project: Project;
let log: string;

/** Codes that the stand-ins end with; `types` is what the compiler complains of. */
interface Ends {
  readonly notebooks?: number;
  readonly playground?: number;
  readonly figures?: number;
  readonly types?: string;
}

function start(
  args: readonly string[] = [],
  { notebooks = 0, playground = 0, figures = 0, types }: Ends = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["src/setup/start.mjs", ...args], {
    cwd: project.root,
    encoding: "utf8",
    timeout: 60_000,
    env: {
      ...process.env,
      NOTED: log,
      ...(types ? { TYPES: types } : {}),
      ...{ NOTEBOOKS: `${notebooks}`, PLAYGROUND: `${playground}`, FIGURES: `${figures}` },
    },
  });
  const asked: string[][] = readFileSync(log, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as string[]);
  return { code: status, stdout, stderr, asked };
}

beforeAll(() => {
  project = new Project();
  log = path.join(project.root, "noted");
  const note = (words: string) => `appendFileSync(process.env.NOTED, JSON.stringify(${words}) + "\\n");`;
  project.write(
    "src/setup/setup.mjs",
    `import { appendFileSync } from "node:fs";
     export async function setup() {
       ${note('["set-up"]')}
       return { typeErrors: process.env.TYPES ? new Error(process.env.TYPES) : undefined };
     }`,
  );
  project.write(
    "dist/cli/main.js",
    `const { appendFileSync } = require("node:fs");
     const [command, ...rest] = process.argv.slice(2);
     ${note('["igds", command, ...rest]')}
     process.exit(Number(process.env[command.toUpperCase()]));`,
  );
  project.write(
    ".venv/bin/python",
    `#!${process.execPath}
     const { appendFileSync } = require("node:fs");
     ${note('["python", ...process.argv.slice(2)]')}
     process.exit(Number(process.env.NOTEBOOKS));`,
  );
  chmodSync(path.join(project.root, ".venv", "bin", "python"), 0o755);
  for (const name of ["tutorials", "figures", "explore"]) project.write(`notebooks/${name}/a.ipynb`, {});
});
beforeEach(() => writeFileSync(log, ""));
afterAll(() => project.remove());

describe("npm start", () => {
  const inProject = (...parts: string[]) => path.join(project.root, ...parts);

  it("sets up, executes the notebooks, makes the playground, and then the report that links to it", () => {
    const { code, asked, stdout } = start();
    expect(code).toBe(0);
    const [setUp, [python, script, ...args], ...rest] = asked as [string[], string[], ...string[][]];
    expect(setUp).toEqual(["set-up"]);
    expect([python, script]).toEqual(["python", inProject("src", "setup", "python", "run_notebooks.py")]);
    expect(args).toEqual([
      ...["--root", project.root, "--out", inProject("out", "notebooks"), "--only", ""],
      ...["-p", "profile=quick"],
      ...[inProject("notebooks", "tutorials"), inProject("notebooks", "figures")],
    ]);
    expect(rest).toEqual([
      ["igds", "playground", "--out", inProject("out", "report", "playground.html")],
      [
        ...["igds", "figures", "--from", inProject("out", "notebooks")],
        ...["--report", inProject("out", "report", "index.html")],
      ],
    ]);
    expect(stdout).toContain(`The report: ${path.join("out", "report", "index.html")}`);
  });

  it("hands its options on; with --only, notebooks to explore are among those that are looked through", () => {
    const options = [
      "--only",
      "compare",
      "--force",
      "--save",
      "--profile",
      "full",
      "-p",
      "seed=1",
      "-p",
      "n=2",
    ];
    const args = start(options).asked[1]!;
    const valuesOf = (name: string) => args.flatMap((word, i) => (args[i - 1] === name ? [word] : []));
    expect(valuesOf("--only")).toEqual(["compare"]);
    expect(valuesOf("-p")).toEqual(["profile=full", "seed=1", "n=2"]);
    expect(args).toEqual(expect.arrayContaining(["--force", "--save"]));
    expect(args.slice(-3)).toEqual(
      ["tutorials", "figures", "explore"].map((name) => inProject("notebooks", name)),
    );
  });

  it("makes the report of what there is where a notebook failed, and ends as that did", () => {
    const { code, asked } = start([], { notebooks: 1 });
    expect(code).toBe(1);
    expect(asked.map(([program, command]) => (program === "igds" ? command : program))).toEqual([
      "set-up",
      "python",
      "playground",
      "figures",
    ]);
  });

  it("ends at once where the notebooks were interrupted", () => {
    const { code, asked } = start([], { notebooks: 130 });
    expect(code).toBe(130);
    expect(asked).toHaveLength(2);
  });

  it("ends as the playground or the report did where these failed", () => {
    expect(start([], { playground: 3 }).code).toBe(3);
    const { code, stdout } = start([], { figures: 4 });
    expect(code).toBe(4);
    expect(stdout).not.toContain("The report");
  });

  it("says what is wrong before it begins, and that the compiler complains before any notebook", () => {
    const { code, stderr, asked } = start(["--profile", "huge"]);
    expect([code, asked]).toEqual([1, []]);
    expect(stderr).toContain('Expected --profile quick or --profile full, found "huge"');
    const typed = start([], { types: "src/a.ts: not assignable" });
    expect([typed.code, typed.asked]).toEqual([1, [["set-up"]]]);
    expect(typed.stderr).toContain("src/a.ts: not assignable");
    writeFileSync(log, "");
    const helped = start(["--help"]);
    expect([helped.code, helped.asked]).toEqual([0, []]);
    expect(helped.stdout).toContain("npm start -- [options]");
  });
});

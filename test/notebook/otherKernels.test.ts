// The library in kernels that are not ours: what it shows arrives as whole MIME bundles. tslab comes with the project;
// Deno is fetched here, as its 130 MB are not worth every set-up, unless DENO names its program.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newFolder } from "../newFolder";
import { writeNotebook } from "../writeNotebook";

const root = path.resolve(__dirname, "..", "..");

const deno = { folder: path.join(root, ".cache", "deno"), package: "deno@2.9.6" };

interface Kernel {
  readonly name: string;
  /** Its program and arguments. */
  readonly argv: () => readonly string[];
  /** Code that makes the library known as `igds`. */
  readonly load: string;
}

const kernels: readonly Kernel[] = [
  {
    name: "tslab",
    argv: () => [
      process.execPath,
      path.join(root, "node_modules", "tslab", "bin", "tslab"),
      "kernel",
      "--config-path={connection_file}",
    ],
    load: 'import * as igds from "igds";',
  },
  {
    name: "deno",
    argv: () => [denoProgram(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    load: `import { createRequire } from "node:module";\nconst igds = createRequire(${JSON.stringify(`${root}/`)})("igds");`,
  },
];

function denoProgram(): string {
  if (process.env.DENO) return process.env.DENO;
  const program = path.join(deno.folder, "node_modules", ".bin", "deno");
  if (!existsSync(program)) {
    mkdirSync(deno.folder, { recursive: true });
    const { status, stderr } = spawnSync(
      "npm",
      ["install", "--prefix", deno.folder, "--no-save", "--no-audit", "--no-fund", deno.package],
      { encoding: "utf8" },
    );
    expect(status, `npm could not fetch Deno; DENO may name a program that is there.\n${stderr}`).toBe(0);
  }
  return program;
}

const cells = [
  'const images = { data: new Float32Array(2 * 8 * 8), shape: [2, 8, 8, 1] as [number, number, number, number] };\nawait igds.show(images, { classes: ["cat", "dog"] });',
  'await igds.show(igds.plot.lossCurve([{ step: 1, loss: 1 }, { step: 2, loss: 0.5 }], { title: "Loss" }));',
  'const place = await igds.show(igds.table([{ a: 1.5 }]));\nawait place.update(igds.note("in its place"));',
];

type Bundle = Readonly<Record<string, string | readonly string[]>>;

describe.each(kernels)("the library in $name's own kernel", { timeout: 300_000 }, ({ name, argv, load }) => {
  let work: string;
  let shown: Bundle[];
  const text = (bundle: Bundle | undefined, type: string) => [bundle?.[type] ?? []].flat().join("");

  beforeAll(() => {
    work = newFolder(name);
    const spec = path.join(work, "jupyter", "kernels", name);
    mkdirSync(spec, { recursive: true });
    writeFileSync(
      path.join(spec, "kernel.json"),
      JSON.stringify({ argv: argv(), display_name: name, language: "typescript" }),
    );
    const file = path.join(work, "trial.ipynb");
    // Deno's kernel may send output after it has said that the cell is over, when nobody listens any more.
    const settle = "await new Promise((done) => setTimeout(done, 500));";
    writeNotebook(file, [load, ...cells.map((cell) => `${cell}\n${settle}`)], { name, display_name: name });
    const run = spawnSync(
      path.join(root, ".venv", "bin", "jupyter"),
      ["execute", "--inplace", "--timeout=200", "--startup_timeout=200", file],
      { encoding: "utf8", env: { ...process.env, JUPYTER_PATH: path.join(work, "jupyter") } },
    );
    expect(run.status, run.stderr).toBe(0);
    const notebook = JSON.parse(readFileSync(file, "utf8")) as {
      cells: { outputs: { output_type: string; data?: Bundle }[] }[];
    };
    shown = notebook.cells.flatMap(({ outputs }) => outputs.flatMap(({ data }) => (data ? [data] : [])));
  }, 300_000);

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it("shows images as a picture with words", () => {
    expect(text(shown[0], "text/plain")).toMatch(/^\[2 images of 8 x 8 px, of cat, dog/);
    expect(text(shown[0], "image/png")).toMatch(/^iVBOR/);
  });

  it("shows a figure in all its forms", () => {
    expect(Object.keys(shown[1]!).sort()).toEqual([
      "application/vnd.plotly.v1+json",
      "image/png",
      "text/html",
      "text/plain",
    ]);
    expect(text(shown[1], "text/html")).toContain('id="igds-plotly"');
  });

  it("changes what it has shown", () => {
    expect(shown.length).toBe(3);
    expect(text(shown[2], "text/plain")).toBe("in its place");
  });
});

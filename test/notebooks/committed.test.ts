// The notebooks as they are committed: their text beside them, their types, and outputs that belong to their code.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Compiler } from "../../kernels/language/compiler";
import { Names } from "../../kernels/language/names";
import { joined } from "../../src/notebook/notebookFile";
import { computedFigures, executedFolders, notebooksIn, storedFigures } from "./execute";

const root = path.resolve(__dirname, "..", "..");

interface Output {
  readonly output_type: string;
  readonly ename?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface Cell {
  readonly cell_type: string;
  readonly source: string | readonly string[];
  readonly metadata: { readonly tags?: readonly string[] };
  readonly outputs?: readonly Output[];
}

interface Notebook {
  readonly metadata: { readonly igds?: { readonly code?: string } };
  readonly cells: readonly Cell[];
}

const notebooks = readdirSync(path.join(root, "notebooks"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ipynb") && !file.includes(".ipynb_checkpoints"))
  .sort();
const read = (file: string) =>
  JSON.parse(readFileSync(path.join(root, "notebooks", file), "utf8")) as Notebook;
const sourceOf = ({ source }: Cell) => joined(source);
const codeOf = ({ cells }: Notebook) => cells.filter(({ cell_type }) => cell_type === "code");
const outputsOf = (notebook: Notebook) => codeOf(notebook).flatMap(({ outputs = [] }) => outputs);

/** Notebooks that other tests here run, through the same compiler. */
const run = new Set([
  ...notebooksIn(executedFolders),
  ...[...storedFigures, ...computedFigures].map((name) => `figures/${name}.ipynb`),
]);
const unrun = notebooks.filter((file) => !run.has(file.split(path.sep).join("/")));

describe("notebooks", () => {
  it("agree with their text in ts:percent format", () => {
    const script = path.join("src", "setup", "python", "pair_notebooks.py");
    const python = path.join(root, ".venv", "bin", "python");
    const check = spawnSync(python, [script, "--check", "notebooks"], { cwd: root, encoding: "utf8" });
    expect(check.stdout + check.stderr).toBe("");
    expect(check.status).toBe(0);
  });

  describe("have code that the kernel's compiler accepts, cell after cell", () => {
    const compilers = new Map<string, Compiler>();

    it("is what running them shows, but of the few that no test runs", () => {
      expect(unrun.length).toBe(notebooks.length - run.size);
      expect(unrun).toContain(path.join("figures", "cost.ipynb"));
    });

    it.each(unrun)("%s", (file) => {
      const folder = path.join(root, "notebooks", path.dirname(file));
      const compiler =
        compilers.get(folder) ?? new Compiler(folder, path.join(root, "kernels", "globals.d.ts"));
      compilers.set(folder, compiler);
      // One compiler for a folder reads the library's types once; each notebook begins without any names.
      Object.assign(compiler, { names: new Names() });
      const complaints = codeOf(read(file)).flatMap((cell, index) => {
        const compiled = compiler.compile(sourceOf(cell));
        if (compiled.ok) compiler.keep(compiled.cell, compiled.cell.meanings.keys());
        return compiled.ok
          ? []
          : compiled.diagnostics.map(
              ({ line, message }) => `code cell ${index + 1}, line ${line}: ${message}`,
            );
      });
      expect(complaints).toEqual([]);
    });
  });

  it.each(notebooks)("%s: one cell is tagged parameters, and no output is an error", (file) => {
    const notebook = read(file);
    const tagged = codeOf(notebook).filter(({ metadata }) => metadata.tags?.includes("parameters"));
    expect(tagged.map((cell) => sourceOf(cell).includes("igds.parameters("))).toEqual([true]);
    expect(outputsOf(notebook).filter(({ output_type }) => output_type === "error")).toEqual([]);
  });

  it.each(notebooks)("%s: outputs were made by the code that stands there", (file) => {
    const notebook = read(file);
    const code = codeOf(notebook).map((cell) => sourceOf(cell).trim());
    expect(outputsOf(notebook).length, "no outputs: run the notebook with --save").toBeGreaterThan(0);
    // Kept by `run_notebooks.py --save` beside the outputs.
    const made = notebook.metadata.igds?.code;
    expect(made, "outputs are older than the code: run the notebook again with --save").toBe(hashOf(code));
  });

  it.each(notebooks)("%s: every figure and every picture has a static form and words", (file) => {
    for (const { data } of outputsOf(read(file))) {
      if (!data) continue;
      expect(Object.keys(data)).toContain("text/plain");
      if ("application/vnd.plotly.v1+json" in data)
        expect(Object.keys(data)).toEqual(expect.arrayContaining(["image/png", "text/html"]));
    }
  });
});

function hashOf(code: readonly string[]): string {
  return createHash("sha256").update(code.join("\0")).digest("hex");
}

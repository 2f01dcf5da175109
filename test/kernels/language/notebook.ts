// A folder with cells that run one after the other, without the rest of the kernel.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Compilation, Compiler } from "../../../kernels/language/compiler";
import { type CellEnd, Executor } from "../../../kernels/language/executor";
import { outsideProject } from "../../outsideProject";

const globals = path.resolve(__dirname, "../../../kernels/globals.d.ts");

export class Notebook {
  readonly folder = mkdtempSync(path.join(outsideProject, "cells with space "));
  readonly compiler: Compiler;
  readonly executor: Executor;
  interrupted = false;
  #count = 0;

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    this.compiler = new Compiler(this.folder, globals);
    this.executor = new Executor(this.compiler, {
      checkpoint: () => {
        if (this.interrupted) throw new Error("interrupted");
      },
      provided: new Map(),
    });
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }

  compile(code: string): Compilation {
    return this.compiler.compile(code);
  }

  /** The value of the last expression. @throws what the cell throws, or its type errors as one Error */
  async run(code: string): Promise<unknown> {
    const compiled = this.compile(code);
    if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join("\n"));
    const { run, settle } = this.executor.prepare(compiled.cell, `Cell [${++this.#count}]`);
    let end: CellEnd = "failed";
    try {
      const value = await run();
      end = "done";
      return value;
    } finally {
      settle(end);
    }
  }

  /** Where and what the type checker complains about: `line:column message`. */
  complaints(code: string): string[] {
    const compiled = this.compile(code);
    if (compiled.ok) return [];
    return compiled.diagnostics.map(
      ({ file, line, column, message }) =>
        `${file ? `${file}:` : ""}${line}:${column} ${message}`.split("\n")[0]!,
    );
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// tslab's converter (types across cells, redeclaration, hot reload) under our compiler options.

import { dirname } from "node:path";
import type { Converter } from "tslab/dist/converter";
import type * as TypeScript from "typescript";
import type { BuilderProgram } from "typescript";
import { expandShorthands } from "./shorthand";

interface CompilerOptions {
  lib?: string[];
  types?: string[];
  typeRoots?: string[];
}
type CreateProgram = (...args: unknown[]) => BuilderProgram;
type CreateHost = (
  rootFiles: string[],
  options: CompilerOptions,
  system: unknown,
  createProgram: CreateProgram | null,
  ...rest: unknown[]
) => unknown;

/**
 * tslab takes no options, but asks its compiler for a host with them: that call is where ours get in.
 * Must run before anything of tslab is loaded, as its files copy the compiler's exports at load time.
 */
function overrideCompilerOptions(): void {
  const file = require.resolve("@tslab/typescript-for-tslab", { paths: [dirname(require.resolve("tslab"))] });
  const compiler = require(file) as typeof TypeScript & { createWatchCompilerHost: CreateHost };
  const defaultProgram = compiler.createEmitAndSemanticDiagnosticsBuilderProgram as CreateProgram;
  const createWatchCompilerHost: CreateHost = (rootFiles, options, system, createProgram, ...rest) =>
    compiler.createWatchCompilerHost(
      rootFiles,
      { ...options, ...ourOptions(options) },
      system,
      (...args) => expandShorthands(compiler, (createProgram ?? defaultProgram)(...args)),
      ...rest,
    );
  require.cache[file]!.exports = { ...compiler, createWatchCompilerHost };
}

function ourOptions(options: CompilerOptions): CompilerOptions {
  const dom = options.lib?.filter((lib) => lib.includes("dom")) ?? [];
  return {
    lib: ["lib.es2023.d.ts", ...dom],
    // tslab looks for @types/node only below its own folder, where npm does not put it; and without a list
    // every @types package of the project would be loaded into every cell.
    types: ["node"],
    typeRoots: [dirname(dirname(require.resolve("@types/node/package.json")))],
  };
}

/** The converters that tslab's executor wants: one for Node, and one for cells marked `@browser`, made on demand. */
export class Converters {
  readonly #create: (options: { isJS: boolean; isBrowser: boolean }) => Converter;
  #node: Converter | undefined;
  #browser: Converter | undefined;

  constructor() {
    overrideCompilerOptions();
    this.#create = (require("tslab/dist/converter") as typeof import("tslab/dist/converter")).createConverter;
  }

  get node(): Converter {
    this.#node ??= this.#create({ isJS: false, isBrowser: false });
    return this.#node;
  }

  get browser(): Converter {
    this.#browser ??= this.#create({ isJS: false, isBrowser: true });
    return this.#browser;
  }

  close(): void {
    this.#node?.close();
    this.#browser?.close();
  }
}

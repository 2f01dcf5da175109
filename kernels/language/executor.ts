// Runs compiled cells, and the reader's TypeScript files that they import.

import { createRequire, isBuiltin, Module } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { CompiledCell, Compiler, RunnableCode } from "./compiler";
import { type Load, Modules, type Namespace } from "./modules";
import { rewording } from "./ownNames";
import { type Binding, type DeclaredNames, Scope } from "./scope";
import { type MappedCode, mapFrames } from "./stackTraces";

export interface ExecutorHooks {
  /** Throws when the cell that the calling code belongs to has been interrupted. */
  readonly checkpoint: () => void;
  /** Modules that the kernel gives whatever is installed: specifier -> exports. */
  readonly provided: ReadonlyMap<string, () => unknown>;
}

/** How a cell ended: "interrupted" is also what was terminated half-way. */
export type CellEnd = "done" | "failed" | "interrupted";

/** What emitted code calls `__cell`. */
interface Running {
  /** Takes the value of the last expression. */
  show(value: unknown): void;
  default: unknown;
  readonly meta: object;
  import(specifier: unknown, options?: { with?: Record<string, string> }): Promise<Namespace>;
  resume<T>(value?: T): T | undefined;
  declare(bindings: Record<string, Binding>): void;
  reexport(from: Namespace, names?: string | Record<string, string>): void;
  /** `export = value` */
  exportWhole(value: unknown): void;
  /** What `import a = require(...)` gives of a module. */
  whole(module: Namespace): unknown;
}

/** Of the modules that have one: the value of `export =`. */
const wholes = new WeakMap<Namespace, unknown>();

type Body = (cell: Running, ref: Scope["ref"], ...globals: NodeGlobals) => Promise<void>;

/** What Node gives each file, and no other code. */
type NodeGlobals = readonly [
  exports: unknown,
  require: NodeJS.Require,
  module: Module,
  filename: string,
  dirname: string,
];

function nodeGlobals(file: string): NodeGlobals {
  const module = new Module(file);
  module.filename = file;
  const require = createRequire(file);
  module.require = require;
  return [module.exports, require, module, file, path.dirname(file)];
}

export class Executor {
  readonly scope = new Scope();
  readonly #compiler: Compiler;
  readonly #hooks: ExecutorHooks;
  readonly #modules: Modules;
  /** The file that cells seem to stand in. */
  readonly #file: string;
  readonly #ofCells: NodeGlobals;

  constructor(compiler: Compiler, hooks: ExecutorHooks) {
    this.#compiler = compiler;
    this.#hooks = hooks;
    this.#file = path.join(compiler.program.folder, "cell.ts");
    this.#ofCells = nodeGlobals(this.#file);
    // A script that asks `require.main === module` and is pasted into a cell is to run; a file that a cell imports is not.
    const [, require, module] = this.#ofCells;
    require.main = module;
    this.#modules = new Modules({
      localFile: (specifier, from) => compiler.program.localFile(specifier, from),
      version: (file) => compiler.program.version(file),
      run: (file, exports, load) => this.#runModule(file, exports, load),
      provided: hooks.provided,
    });
  }

  /**
   * Makes a cell ready: `run` gives the value of its last expression. Whether it fails or not, what it declared
   * before is kept; `settle` must be called when it is over, also when it was terminated half-way.
   * @param name what stack traces call the cell
   */
  prepare(cell: CompiledCell, name: string): { run: () => Promise<unknown>; settle: (end: CellEnd) => void } {
    mapFrames(name, mapped(cell, insertedPlace(cell)));
    let declared: DeclaredNames | undefined;
    let result: unknown;
    const running = this.#running(this.#file, (specifier, options) =>
      this.#modules.load(specifier, this.#file, options),
    );
    running.show = (value) => {
      result = value;
    };
    running.declare = (bindings) => {
      declared = this.scope.declare(bindings);
    };
    const mutable = (name: string) => cell.meanings.get(name)?.mutable === true;
    const body = this.#function(cell, name, mutable);
    const run = async () => {
      await body(running, this.scope.ref, ...this.#ofCells);
      const value = result;
      // What a cell declares lives on, and this with it.
      result = undefined;
      return value;
    };
    let settled = false;
    return {
      run,
      settle: (end) => {
        if (settled) return;
        settled = true;
        if (end === "interrupted") this.#modules.forgetUnfinished();
        const values = new Set(declared?.settle(end === "done") ?? []);
        declared = undefined;
        const types = [...cell.meanings].flatMap(([name, { value }]) => (value ? [] : [name]));
        this.#compiler.keep(
          cell,
          [...values, ...types].filter((name) => cell.meanings.has(name)),
        );
      },
    };
  }

  async #runModule(file: string, exports: Namespace, load: Load): Promise<void> {
    const code = this.#compiler.emitModule(file);
    mapFrames(file, mapped(code));
    const running = this.#running(file, load);
    const define = (name: string, get: () => unknown) =>
      Object.defineProperty(exports, name, { get, enumerable: true, configurable: true });
    running.declare = (bindings) => {
      for (const [name, { get }] of Object.entries(bindings)) define(name, get);
    };
    running.reexport = (from, names) => {
      if (typeof names === "string") define(names, () => from);
      else if (names) for (const [name, of] of Object.entries(names)) define(name, () => from[of]);
      else
        for (const name of Object.keys(from))
          if (name !== "default" && !(name in exports)) define(name, () => from[name]);
    };
    running.exportWhole = (value) => {
      wholes.set(exports, value);
      running.default = value;
      const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
      for (const name of isObject ? Object.keys(value) : [])
        if (name !== "default") define(name, () => (value as Namespace)[name]);
    };
    const body = this.#function(code, file, () => false);
    await body(running, this.scope.ref, ...nodeGlobals(file));
    if (running.default !== undefined) define("default", () => running.default);
  }

  #running(file: string, load: Load): Running {
    const { checkpoint } = this.#hooks;
    return {
      show: () => undefined,
      default: undefined,
      meta: {
        url: pathToFileURL(file).href,
        filename: file,
        dirname: path.dirname(file),
        resolve: (specifier: string) => resolved(specifier, file),
      },
      import: async (specifier, options) => {
        const namespace = await load(String(specifier), options);
        checkpoint();
        return namespace;
      },
      resume: (value) => {
        checkpoint();
        return value;
      },
      declare: () => undefined,
      reexport: () => undefined,
      exportWhole: () => undefined,
      whole: (module) => (wholes.has(module) ? wholes.get(module) : module),
    };
  }

  #function(
    { js, own, refs, exports }: RunnableCode,
    name: string,
    mutable: (name: string) => boolean,
  ): Body {
    const bindings = [...exports].map(([exported, local]) => {
      // Without a name for the new value, which the cell might have given to a variable of its own.
      const set = mutable(exported) ? `, set() { ${local} = arguments[0]; }` : "";
      return `${JSON.stringify(exported)}: { get: () => ${local}${set} }`;
    });
    const used = [...refs].map(
      ([name, variable]) => `const ${variable} = ${own.ref}(${JSON.stringify(name)});`,
    );
    // Two functions: the reader's code may declare a `require` or `__dirname` of its own.
    const code = `(function (${own.cell}, ${own.ref}, exports, require, module, __filename, __dirname) { "use strict"; ${used.join(" ")} return (async () => { ${own.cell}.declare({ ${bindings.join(", ")} });
${js}
})(); })`;
    // The first line is ours, so that the reader's first is number 1.
    const script = new vm.Script(code, {
      filename: name,
      lineOffset: -1,
      // For `import()` within `eval` and `new Function`, whose text nobody has compiled.
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    return script.runInThisContext() as Body;
  }
}

/** What `import.meta.resolve` gives; of a package it is the file that `require` loads. */
function resolved(specifier: string, from: string): string {
  if (isBuiltin(specifier)) return `node:${specifier.replace(/^node:/, "")}`;
  if (/^\.{0,2}\//.test(specifier) || URL.canParse(specifier))
    return new URL(specifier, pathToFileURL(from)).href;
  return pathToFileURL(createRequire(from).resolve(specifier)).href;
}

function mapped(code: RunnableCode, inserted?: MappedCode["inserted"]): MappedCode {
  const { js, map, own, names } = code;
  return { map, lines: js.split("\n").length, reword: rewording(own, names), inserted };
}

function insertedPlace({ source }: CompiledCell) {
  const before = source.text.slice(0, source.at);
  return {
    line: before.split("\n").length - 1,
    column: before.length - (before.lastIndexOf("\n") + 1),
    length: source.inserted.length,
  };
}

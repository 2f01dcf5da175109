// What `import` in a cell loads: the reader's TypeScript files (again after each change), JSON, and anything that
// Node itself can load, as CommonJS or as a real ES module.

import { readFileSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import vm from "node:vm";

export type Namespace = Record<string, unknown>;

interface ImportOptions {
  readonly with?: Readonly<Record<string, string>>;
}
/** What `import(specifier, options)` is to code that stands in one file. */
export type Load = (specifier: string, options?: ImportOptions) => Promise<Namespace>;

/** How the compiler and the runner of code are reached. */
export interface ModuleSource {
  /** The TypeScript file that a specifier means, if it is one of the reader's. */
  localFile(specifier: string, from: string): string | undefined;
  version(file: string): string;
  /** Runs the file, with its own imports loaded by `load`, and fills `exports`. */
  run(file: string, exports: Namespace, load: Load): Promise<void>;
  /** Modules that the kernel gives whatever is installed: specifier -> exports. */
  readonly provided: ReadonlyMap<string, () => unknown>;
}

interface LocalModule {
  readonly version: string;
  readonly exports: Namespace;
  /** TypeScript files that it imports. */
  readonly uses: Set<string>;
  /** Those of them that it waits for. */
  readonly awaits: Set<string>;
  /** JSON and JavaScript files that it imports, with their versions. */
  readonly reads: Map<string, string>;
  done: Promise<void>;
  loading: boolean;
}

export class Modules {
  readonly #source: ModuleSource;
  readonly #local = new Map<string, LocalModule>();
  readonly #namespaces = new WeakMap<object, Namespace>();
  readonly #nativeImports = new Map<string, Load>();

  constructor(source: ModuleSource) {
    this.#source = source;
  }

  /**
   * @param from file that holds the import; relative specifiers start in its folder
   * @param importers local files that are being loaded and wait for this one
   */
  async load(
    specifier: string,
    from: string,
    options?: ImportOptions,
    importers: readonly string[] = [],
  ): Promise<Namespace> {
    const provided = this.#source.provided.get(specifier);
    if (provided) return this.#asNamespace(provided());
    const file = this.#source.localFile(specifier, from);
    if (file !== undefined) return this.#loadLocal(file, importers);
    if (isPath(specifier)) return this.#loadPath(specifier, from, options, importers.at(-1));
    return this.#loadNative(specifier, from, options);
  }

  async #loadLocal(file: string, importers: readonly string[]): Promise<Namespace> {
    const importer = this.#local.get(importers.at(-1) ?? "");
    importer?.uses.add(file);
    const known = this.#local.get(file);
    // Files that import each other: the one that is still being loaded is handed out as far as it has come.
    if (known && this.#waitsFor(file, importers, new Set())) return known.exports;
    importer?.awaits.add(file);
    try {
      return await this.#finished(file, importers);
    } finally {
      importer?.awaits.delete(file);
    }
  }

  async #finished(file: string, importers: readonly string[]): Promise<Namespace> {
    const known = this.#local.get(file);
    if (known && this.#isFresh(file, new Set())) {
      await known.done;
      return known.exports;
    }
    const exports: Namespace = Object.create(null);
    const module: LocalModule = {
      version: this.#source.version(file),
      exports,
      uses: new Set(),
      awaits: new Set(),
      reads: new Map(),
      done: Promise.resolve(),
      loading: true,
    };
    this.#local.set(file, module);
    module.done = this.#source.run(file, exports, (specifier, options) =>
      this.load(specifier, file, options, [...importers, file]),
    );
    try {
      await module.done;
    } catch (error) {
      // The next import is to try again, not to be told of a failure that may be mended by then.
      if (this.#local.get(file) === module) this.#local.delete(file);
      throw error;
    }
    module.loading = false;
    return exports;
  }

  /** Whether the file is one of `importers`, or cannot be loaded before one of them is. */
  #waitsFor(file: string, importers: readonly string[], seen: Set<string>): boolean {
    if (importers.includes(file)) return true;
    if (seen.has(file)) return false;
    seen.add(file);
    const awaits = this.#local.get(file)?.awaits ?? [];
    return [...awaits].some((awaited) => this.#waitsFor(awaited, importers, seen));
  }

  /** After code was terminated: what it was loading would never be done, and whoever imports it wait for ever. */
  forgetUnfinished(): void {
    for (const [file, { loading }] of this.#local) if (loading) this.#local.delete(file);
  }

  /** Neither the file nor anything that it imports has changed since it was loaded. */
  #isFresh(file: string, seen: Set<string>): boolean {
    if (seen.has(file)) return true;
    seen.add(file);
    const module = this.#local.get(file);
    if (!module || module.version !== this.#source.version(file)) return false;
    for (const [read, version] of module.reads) if (version !== this.#source.version(read)) return false;
    return [...module.uses].every((used) => this.#isFresh(used, seen));
  }

  /** JSON and JavaScript files of the reader's, read anew when they have changed. */
  async #loadPath(
    specifier: string,
    from: string,
    options: ImportOptions | undefined,
    importer: string | undefined,
  ): Promise<Namespace> {
    const file = specifier.startsWith("file:")
      ? fileURLToPath(specifier)
      : path.resolve(path.dirname(from), specifier);
    const reads = importer === undefined ? undefined : this.#local.get(importer)?.reads;
    if (file.endsWith(".json")) {
      reads?.set(file, this.#source.version(file));
      const value: unknown = JSON.parse(readFileSync(file, "utf8"));
      return { ...(typeof value === "object" ? value : {}), default: value };
    }
    const resolve = createRequire(from);
    const resolved = tryTo(() => resolve.resolve(file)) ?? file;
    const changed = tryTo(() => statSync(resolved).mtimeMs);
    reads?.set(resolved, this.#source.version(resolved));
    if (isCommonJs(resolved)) {
      const cached = resolve.cache[resolved] as (NodeJS.Module & { igdsTime?: number }) | undefined;
      if (cached && cached.igdsTime !== undefined && cached.igdsTime !== changed)
        delete resolve.cache[resolved];
      const loaded: unknown = resolve(resolved);
      const entry = resolve.cache[resolved] as (NodeJS.Module & { igdsTime?: number }) | undefined;
      if (entry) entry.igdsTime = changed;
      return this.#asNamespace(loaded);
    }
    const url = pathToFileURL(resolved);
    if (changed !== undefined) url.searchParams.set("changed", String(changed));
    return this.#nativeImport(from)(url.href, options);
  }

  async #loadNative(specifier: string, from: string, options?: ImportOptions): Promise<Namespace> {
    const require = createRequire(from);
    if (isBuiltin(specifier)) return this.#asNamespace(require(specifier));
    // CommonJS by `require`, as Node's import() finds only those of its exports that it can guess from the text.
    const resolved = tryTo(() => require.resolve(specifier));
    if (resolved !== undefined && isCommonJs(resolved)) return this.#asNamespace(require(specifier));
    return this.#nativeImport(from)(specifier, options);
  }

  /** Node's own import(), as if it stood in the file `from`. */
  #nativeImport(from: string): Load {
    const known = this.#nativeImports.get(from);
    if (known) return known;
    const script = new vm.Script("(specifier, options) => import(specifier, options)", {
      filename: from,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    const load = script.runInThisContext() as Load;
    this.#nativeImports.set(from, load);
    return load;
  }

  /** The exports of a CommonJS module as `import` sees them (TypeScript's esModuleInterop). */
  #asNamespace(exports: unknown): Namespace {
    if ((typeof exports !== "object" && typeof exports !== "function") || exports === null)
      return { default: exports };
    if ((exports as { __esModule?: unknown }).__esModule) return exports as Namespace;
    const known = this.#namespaces.get(exports);
    if (known) return known;
    const namespace: Namespace = {};
    for (const name of Object.keys(exports)) {
      if (name === "default") continue; // as in Node, the default of such a module is all of it
      const get = () => (exports as Namespace)[name];
      Object.defineProperty(namespace, name, { get, enumerable: true });
    }
    Object.defineProperty(namespace, "default", { value: exports, enumerable: true });
    this.#namespaces.set(exports, namespace);
    return namespace;
  }
}

function isPath(specifier: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|file:|[A-Za-z]:[\\/])/.test(specifier);
}

function isCommonJs(file: string): boolean {
  const extension = path.extname(file);
  if ([".cjs", ".json", ".node"].includes(extension)) return true;
  if (extension === ".mjs") return false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const type = tryTo(
      () => JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as { type?: string },
    );
    if (type) return type.type !== "module";
    if (folder === path.dirname(folder)) return true;
  }
}

function tryTo<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

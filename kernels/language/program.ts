// The language service over the cells: the running one, the earlier ones that still matter, and the reader's files.

import { statSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import type { CellSource } from "./cellSource";
import { compilerOptions, type Rules } from "./compilerOptions";
import { KeptCells } from "./keptCells";

/** Documentation takes a tenth of the memory and a sixth of the start; it is read when somebody asks for it. */
const withoutDocumentation = ts.JSDocParsingMode.ParseNone;

export class Program {
  readonly folder: string;
  readonly rules: Rules;
  readonly service: ts.LanguageService;
  readonly cells: KeptCells;
  /** Modules written in `@module` cells: file -> text and version. */
  readonly #modules = new Map<string, { text: string; version: number }>();
  /** Local files that the running cell has loaded by a path known only then. */
  readonly #extraRoots = new Set<string>();
  readonly #imports = new Map<string, ts.ResolvedModuleWithFailedLookupLocations>();
  readonly #typeReferences = new Map<string, ts.ResolvedTypeReferenceDirectiveWithFailedLookupLocations>();
  /** Text of the files of packages that were read. */
  readonly #libraries = new Map<string, string>();
  readonly #globals: string;
  readonly #provided: ReadonlyMap<string, string>;
  #current: { file: string; text: string; version: number; augments: readonly string[] };
  #resolutions: ts.ModuleResolutionCache;
  /** Some import of the last program was not found. */
  #missing = false;

  /**
   * @param folder the notebook's folder: relative imports and the tsconfig.json are looked for from here
   * @param globals file with the types of what every cell can use
   * @param provided modules that the kernel brings with it, for folders that have none of that name: specifier ->
   *   file with the types
   */
  constructor(folder: string, globals: string, provided: ReadonlyMap<string, string>) {
    this.folder = folder;
    this.cells = new KeptCells(folder);
    this.#provided = provided;
    this.rules = compilerOptions(folder);
    this.#globals = globals;
    this.#current = { file: path.join(folder, "#cell.ts"), text: "", version: 0, augments: [] };
    this.#resolutions = this.#newResolutions();
    const registry = ts.createDocumentRegistry(
      ts.sys.useCaseSensitiveFileNames,
      folder,
      withoutDocumentation,
    );
    this.service = ts.createLanguageService(this.#host(), registry);
  }

  /** Makes `source` the running cell and returns it as parsed, with the program that it belongs to. */
  show(source: CellSource): { program: ts.Program; file: ts.SourceFile } {
    const file = path.join(this.folder, `#cell${source.extension}`);
    // The same text again leaves the program as it is, unless a file that it imports has changed.
    if (file !== this.#current.file || source.text !== this.#current.text || this.#missing)
      this.#current = {
        file,
        text: source.text,
        version: this.#current.version + 1,
        augments: source.augments,
      };
    // A package that was missing may have been installed since.
    if (this.#missing) this.#resolutions = this.#newResolutions();
    this.#missing = false;
    // What an earlier cell has loaded so is no business of this one, which it may be wrong for.
    this.#extraRoots.clear();
    const program = this.service.getProgram()!;
    return { program, file: program.getSourceFile(file)! };
  }

  get currentFile(): string {
    return this.#current.file;
  }

  /** Writes a module that other cells import as `./name`. */
  setModule(name: string, extension: string, text: string): string {
    const file = path.join(this.folder, `${name}${extension}`);
    const before = this.#modules.get(file);
    this.#modules.set(file, { text, version: (before?.version ?? 0) + 1 });
    this.#resolutions = this.#newResolutions();
    return file;
  }

  /** The TypeScript file outside node_modules that `specifier` means in `from`; undefined for anything else. */
  localFile(specifier: string, from: string): string | undefined {
    const found = ts.resolveModuleName(specifier, from, this.rules.options, this.#files, this.#resolutions);
    const module = found.resolvedModule;
    if (!module || module.isExternalLibraryImport) return undefined;
    return isTypeScript(module.resolvedFileName) ? module.resolvedFileName : undefined;
  }

  /** The parsed file, which becomes part of the program if no cell has imported it yet. */
  file(name: string): { program: ts.Program; file: ts.SourceFile } {
    let program = this.service.getProgram()!;
    if (!program.getSourceFile(name)) {
      this.#extraRoots.add(name);
      program = this.service.getProgram()!;
    }
    const file = program.getSourceFile(name);
    if (!file) throw new Error(`Expected to find the module ${name}; it cannot be read`);
    return { program, file };
  }

  /** Text of any file of the program, as the compiler sees it. */
  textOf(file: string): string | undefined {
    return this.#files.readFile(file);
  }

  /** Changes whenever the file does. */
  version(file: string): string {
    const module = this.#modules.get(file);
    if (module) return `module ${module.version}`;
    try {
      const { mtimeMs, size } = statSync(file);
      return `${mtimeMs} ${size}`;
    } catch {
      return "missing";
    }
  }

  /** Whether the reader may edit the file while the kernel runs. */
  isLocal(file: ts.SourceFile): boolean {
    return (
      !file.isDeclarationFile &&
      !isLibrary(file.fileName) &&
      file.fileName !== this.#current.file &&
      !this.cells.isFile(file.fileName) &&
      isTypeScript(file.fileName)
    );
  }

  #newResolutions(): ts.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.folder, (name) => name, this.rules.options);
  }

  /** Text of files that exist in memory alone. */
  #inMemory(file: string): string | undefined {
    if (file === this.#current.file) return this.#current.text;
    return this.cells.textOf(file) ?? this.#modules.get(file)?.text;
  }

  readonly #files = {
    fileExists: (file: string) =>
      this.#inMemory(file) !== undefined || this.#libraries.has(file) || ts.sys.fileExists(file),
    readFile: (file: string) => this.#inMemory(file) ?? this.#libraryText(file) ?? ts.sys.readFile(file),
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: (file: string) => (this.#inMemory(file) === undefined ? ts.sys.realpath!(file) : file),
  };

  #host(): ts.LanguageServiceHost {
    // Not in the public types; without it every package.json is read again for each cell.
    const undocumented = { getModuleResolutionCache: () => this.#resolutions };
    return {
      ...undocumented,
      ...this.#files,
      readDirectory: ts.sys.readDirectory,
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getCurrentDirectory: () => this.folder,
      jsDocParsingMode: withoutDocumentation,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      getCompilationSettings: () => this.rules.options,
      getScriptFileNames: () => [
        this.#current.file,
        this.#globals,
        ...this.#extraRoots,
        ...this.cells.augmenting(this.#current.augments),
      ],
      getScriptVersion: (file) => this.#scriptVersion(file),
      getScriptSnapshot: (file) => {
        const text = this.#files.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      resolveModuleNameLiterals: (literals, from, redirected, options, source) =>
        literals.map((literal) => {
          const cell = this.cells.fileOf(literal.text);
          if (cell !== undefined) return { resolvedModule: fileModule(cell) };
          const mode = ts.getModeForUsageLocation(source, literal, options);
          return this.#resolve(literal.text, from, mode, redirected);
        }),
      resolveTypeReferenceDirectiveReferences: (references, from, redirected, options, source) =>
        references.map((reference) => {
          const name = typeof reference === "string" ? reference : reference.fileName;
          const mode = ts.getModeForFileReference(reference, source?.impliedNodeFormat);
          const key = `types ${from} ${mode} ${name}`;
          return this.#remember(this.#typeReferences, key, isLibrary(from) || !source, () =>
            ts.resolveTypeReferenceDirective(name, from, options, this.#files, redirected, undefined, mode),
          );
        }),
    };
  }

  #resolve(
    name: string,
    from: string,
    mode: ts.ResolutionMode,
    redirected?: ts.ResolvedProjectReference,
  ): ts.ResolvedModuleWithFailedLookupLocations {
    const resolve = (from: string) =>
      ts.resolveModuleName(name, from, this.rules.options, this.#files, this.#resolutions, redirected, mode);
    const found = this.#remember(this.#imports, `${from} ${mode} ${name}`, isLibrary(from), () =>
      resolve(from),
    );
    if (found.resolvedModule || isLibrary(from)) return found;
    const ours = this.#provided.get(name);
    if (ours !== undefined) return { ...found, resolvedModule: fileModule(ours) };
    this.#missing = true;
    return found;
  }

  /** What one library file means by another's name stays the same, and looking for it takes long. */
  #remember<T>(known: Map<string, T>, key: string, lasting: boolean, find: () => T): T {
    const found = lasting ? known.get(key) : undefined;
    if (found) return found;
    const fresh = find();
    if (lasting) known.set(key, fresh);
    return fresh;
  }

  #scriptVersion(file: string): string {
    if (file === this.#current.file) return String(this.#current.version);
    // Libraries do not change under a running kernel, and asking the disk for hundreds of files takes time.
    if (isLibrary(file) || this.cells.isFile(file) || file === this.#globals) return "1";
    return this.version(file);
  }

  /** The compiler asks for the text of every library file whenever it looks at a new cell. */
  #libraryText(file: string): string | undefined {
    if (!isLibrary(file) && file !== this.#globals) return undefined;
    const known = this.#libraries.get(file);
    if (known !== undefined) return known;
    const text = ts.sys.readFile(file);
    if (text !== undefined) this.#libraries.set(file, text);
    return text;
  }
}

function isLibrary(file: string): boolean {
  return file.includes("/node_modules/");
}

function fileModule(file: string): ts.ResolvedModuleFull {
  const extension = [ts.Extension.Dts, ts.Extension.Tsx].find((end) => file.endsWith(end)) ?? ts.Extension.Ts;
  return { resolvedFileName: file, extension, isExternalLibraryImport: false };
}

function isTypeScript(file: string): boolean {
  return /\.[mc]?tsx?$/.test(file) && !/\.d\.[mc]?ts$/.test(file);
}

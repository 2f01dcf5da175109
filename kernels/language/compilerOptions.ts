// Under which rules cells are checked: those of the folder's tsconfig.json, with ours where cells need it.

import { existsSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const nodeMajor = Number(process.versions.node.split(".")[0]);

/** What no tsconfig may change, as the kernel relies on it. */
const required: ts.CompilerOptions = {
  // Imports stay imports (the kernel turns them into its own), `import x = require()` works as well.
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Auto,
  // What has a syntax of its own beyond this (`using`, decorators) is turned into what Node 20 has.
  target: ts.ScriptTarget.ES2024,
  esModuleInterop: true,
  resolveJsonModule: true,
  allowImportingTsExtensions: true,
  allowUnreachableCode: true,
  allowUnusedLabels: true,
  noEmit: false,
  noEmitOnError: false,
  emitDeclarationOnly: false,
  declaration: false,
  composite: false,
  incremental: false,
  sourceMap: true,
  inlineSourceMap: false,
  inlineSources: false,
  isolatedModules: false,
  verbatimModuleSyntax: false,
  preserveConstEnums: true,
  // A cell may declare what only a later one uses.
  noUnusedLocals: false,
  noUnusedParameters: false,
  skipLibCheck: true,
  newLine: ts.NewLineKind.LineFeed,
  // What `using` and decorators become calls functions that no package need be there for.
  noEmitHelpers: false,
  importHelpers: false,
  // Only the cell is compiled, into memory.
  outFile: undefined,
  outDir: undefined,
  rootDir: undefined,
  rootDirs: undefined,
  tsBuildInfoFile: undefined,
  project: undefined,
};

/**
 * Without a tsconfig: null is checked, but quick code need not annotate its parameters, as what complains of that is left
 * out (diagnostics.ts). Turned off by `noImplicitAny` it would take the types with it that `[]` and `null` grow into.
 */
const defaults: ts.CompilerOptions = {
  strict: true,
  useUnknownInCatchVariables: false,
};

/** The functions behind JSX where there is no React are imported as `${ownJsx}/jsx-runtime`. */
export const ownJsx = "igds-kernel";

export interface Rules {
  readonly options: ts.CompilerOptions;
  /** The tsconfig.json that they come from. */
  readonly file: string | undefined;
  /** What is wrong with it. */
  readonly problems: readonly string[];
}

/** The options for cells in `folder`: from the nearest tsconfig.json in it or above. */
export function compilerOptions(folder: string): Rules {
  const file = ts.findConfigFile(folder, ts.sys.fileExists);
  if (!file) return { options: complete(defaults, folder), file, problems: [] };
  const read = ts.readConfigFile(file, ts.sys.readFile);
  // The project's own files are no business of a cell: only the options are wanted, not the list.
  const host: ts.ParseConfigHost = { ...ts.sys, readDirectory: () => [] };
  const parsed = ts.parseJsonConfigFileContent(read.config ?? {}, host, path.dirname(file), undefined, file);
  const noFiles = 18003;
  const problems = [...(read.error ? [read.error] : []), ...parsed.errors]
    .filter(({ code }) => code !== noFiles)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  return { options: complete(parsed.options, folder), file, problems };
}

function complete(options: ts.CompilerOptions, folder: string): ts.CompilerOptions {
  return {
    ...(options.jsx === undefined ? jsx(folder) : {}),
    lib: librariesOf(nodeMajor),
    ...options,
    ...(keepsJsx(options) ? { jsx: ts.JsxEmit.ReactJSX } : {}),
    ...required,
    types: [...new Set(["node", ...(options.types ?? [])])],
    typeRoots: typeRoots(folder, options),
  };
}

/** Whether tags would be left to another program, such as a bundler: a cell has none behind it. */
function keepsJsx({ jsx }: ts.CompilerOptions): boolean {
  return jsx === ts.JsxEmit.Preserve || jsx === ts.JsxEmit.ReactNative;
}

/** What a Node has: a method that is missing there should be an error before the cell runs. */
export function librariesOf(major: number): string[] {
  const language = major >= 24 ? ["esnext"] : major >= 22 ? ofNode22 : ofNode20;
  return [...language, "esnext.disposable", "esnext.decorators"].map((name) => `lib.${name}.d.ts`);
}

const ofNode20 = ["es2023", "es2024.regexp", "es2024.sharedmemory", "es2024.string"];
const ofNode22 = ["es2024", "esnext.array", "esnext.collection", "esnext.iterator"];

/** React where the folder has it; else elements become HTML that is shown. */
function jsx(folder: string): ts.CompilerOptions {
  const react = ts.resolveModuleName("react/jsx-runtime", path.join(folder, "cell.tsx"), required, ts.sys);
  return {
    jsx: ts.JsxEmit.ReactJSX,
    ...(react.resolvedModule ? {} : { jsxImportSource: ownJsx }),
  };
}

/** The folder's own @types/node first; ours where it has none, wherever npm has put that. */
function typeRoots(folder: string, options: ts.CompilerOptions): string[] {
  const roots =
    options.typeRoots ?? ts.getEffectiveTypeRoots({}, { getCurrentDirectory: () => folder }) ?? [];
  const ours = path.dirname(path.dirname(require.resolve("@types/node/package.json")));
  return roots.some((root) => existsSync(path.join(root, "node"))) ? [...roots] : [...roots, ours];
}

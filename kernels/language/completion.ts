// Names that fit where the cursor is.

import ts from "typescript";
import { cellSource, toCode, toText } from "./cellSource";
import type { Compiler } from "./compiler";

interface Completion {
  readonly text: string;
  /** What it is: const, function, class, keyword ... */
  readonly kind: string;
}

export interface Completions {
  readonly items: readonly Completion[];
  /** The part of the code (UTF-16 offsets) that an item replaces. */
  readonly start: number;
  readonly end: number;
}

const preferences: ts.UserPreferences = {
  includeCompletionsWithInsertText: false,
  includeCompletionsForModuleExports: false,
};

/** @param offset of the cursor, in UTF-16 units */
export function completionsAt(compiler: Compiler, code: string, offset: number): Completions {
  const source = cellSource(code, compiler.names, "edit");
  compiler.program.show(source);
  const { service, currentFile } = compiler.program;
  const found = service.getCompletionsAtPosition(currentFile, toText(source, offset), preferences);
  // Of paths the entries say what they replace: the part behind the last slash or colon.
  const span =
    found?.optionalReplacementSpan ?? found?.entries.find((entry) => entry.replacementSpan)?.replacementSpan;
  const start = span
    ? toCode(source, span.start)
    : offset - (/[\p{L}\p{N}_$]*$/u.exec(code.slice(0, offset))?.[0].length ?? 0);
  const end = span ? toCode(source, span.start + span.length) : offset;
  const written = code.slice(start, offset);
  const ranked = (found?.entries ?? []).flatMap((entry) => {
    const rank = rankOf(entry.name, written);
    return rank === undefined ? [] : [{ entry, key: `${rank}${entry.sortText}` }];
  });
  ranked.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const kinds = kindsOfEarlierNames(compiler);
  const items = ranked.map(({ entry: { name, kind } }) => ({
    text: name,
    kind: kind === ts.ScriptElementKind.alias ? (kinds.get(name) ?? kind) : kind,
  }));
  return { items, start, end };
}

/** Names of earlier cells are imports to the compiler; to the reader they are what they were declared as. */
function kindsOfEarlierNames({ program: { service, currentFile } }: Compiler): Map<string, string> {
  const program = service.getProgram()!;
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(currentFile)!;
  const aliases = checker.getSymbolsInScope(file, ts.SymbolFlags.Alias);
  return new Map(aliases.map((alias) => [alias.name, kindOf(checker.getAliasedSymbol(alias).flags)]));
}

function kindOf(flags: ts.SymbolFlags): string {
  const is = ts.SymbolFlags;
  const kind = ts.ScriptElementKind;
  if (flags & is.Class) return kind.classElement;
  if (flags & is.Enum) return kind.enumElement;
  if (flags & is.Function) return kind.functionElement;
  if (flags & is.Variable) return kind.constElement;
  if (flags & is.Interface) return kind.interfaceElement;
  return flags & is.TypeAlias ? kind.typeElement : kind.moduleElement;
}

/** Names that start as written come first, then those that do but for capitals, then those that contain it. */
function rankOf(name: string, written: string): number | undefined {
  if (name.startsWith(written)) return 0;
  const [lower, part] = [name.toLowerCase(), written.toLowerCase()];
  if (lower.startsWith(part)) return 1;
  return lower.includes(part) ? 2 : undefined;
}

// Stack traces that point to what the reader wrote: cell, line and column instead of the emitted JavaScript.

import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import path from "node:path";
import type { Reword } from "./ownNames";

export interface MappedCode {
  /** A source map, as JSON. */
  readonly map: string;
  /** How many the emitted code has: behind them the kernel's own begins. */
  readonly lines: number;
  /** Puts a message of V8 into the words of the reader's code. */
  readonly reword: Reword;
  /** Where a line of the reader's code was inserted (columns from 0), which the map does not know. */
  readonly inserted: Inserted | undefined;
}

interface Inserted {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

interface Places {
  /** Read where a trace first asks for it: most code never fails, and a map that is read is twenty times as large. */
  readonly map: () => SourceMap;
  readonly inserted: Inserted | undefined;
}

const codes = new Map<string, Omit<MappedCode, "map"> & Places>();
const compiledFiles = new Map<string, (Places & { readonly source: string }) | undefined>();
const kernelFolder = path.dirname(__dirname);

/** From now on frames in `name` are shown at their place in the source. */
export function mapFrames(name: string, code: MappedCode): void {
  codes.set(name, { ...code, map: once(() => new SourceMap(JSON.parse(code.map))) });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Makes `error.stack` readable everywhere, for what cells print as for what they throw. */
export function installStackTraces(): void {
  Error.stackTraceLimit = 30;
  Error.prepareStackTrace = (error, frames) => {
    reword(error, frames[0]?.getFileName());
    const lines = frames
      .filter((frame) => !isKernelFrame(frame))
      .map((frame) => `\n    at ${readable(frame)}`);
    return `${title(error)}${lines.join("")}`;
  };
}

/** Frames that every trace of a cell would end with. */
const machinery =
  /^node:(vm|async_hooks|internal\/(timers|async_hooks|process\/|event_target|per_context\/))/;

function isKernelFrame(frame: NodeJS.CallSite): boolean {
  const file = frame.getFileName();
  if (!file) return false;
  const code = codes.get(file);
  // What calls the reader's code: the map would place it at the code's last statement.
  if (code) return (frame.getLineNumber() ?? 0) > code.lines;
  return file.startsWith(kernelFolder + path.sep) || machinery.test(file);
}

/** What V8 says of emitted code, as `(0 , __ref_f.v) is not a function`. */
function reword(error: unknown, file: string | null | undefined): void {
  const code = file ? codes.get(file) : undefined;
  if (!code || !(error instanceof TypeError || error instanceof ReferenceError)) return;
  try {
    const message = code.reword(error.message);
    if (message !== error.message) error.message = message;
  } catch {
    // It may not be changed.
  }
}

function title(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

function readable(frame: NodeJS.CallSite): string {
  const text = frame.toString();
  const file = frame.getFileName();
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (!file || line === null || column === null) return text;
  const place = originalPlace(file, line, column);
  return place ? text.replace(`${file}:${line}:${column}`, place) : text;
}

function originalPlace(file: string, line: number, column: number): string | undefined {
  const code = codes.get(file);
  if (code) {
    const at = original(code, line, column);
    return at && `${file}:${at.line}:${at.column}`;
  }
  const compiled = compiledFile(file);
  const at = compiled && original(compiled, line, column);
  return at && `${compiled.source}:${at.line}:${at.column}`;
}

function original({ map, inserted }: Places, line: number, column: number) {
  const entry = map().findEntry(line - 1, column - 1);
  if (!("originalLine" in entry)) return undefined;
  let { originalColumn } = entry;
  if (inserted && entry.originalLine === inserted.line && originalColumn >= inserted.column)
    originalColumn = Math.max(inserted.column, originalColumn - inserted.length);
  return { line: entry.originalLine + 1, column: originalColumn + 1 };
}

/** JavaScript with a map beside it, such as a library of the project that is written in TypeScript. */
function compiledFile(file: string): (Places & { readonly source: string }) | undefined {
  if (!path.isAbsolute(file) || file.includes("/node_modules/")) return undefined;
  if (!compiledFiles.has(file)) {
    try {
      const payload = JSON.parse(readFileSync(`${file}.map`, "utf8"));
      const source = path.resolve(path.dirname(file), payload.sourceRoot ?? "", payload.sources[0]);
      compiledFiles.set(file, {
        map: once(() => new SourceMap(payload)),
        inserted: undefined,
        source,
      });
    } catch {
      compiledFiles.set(file, undefined);
    }
  }
  return compiledFiles.get(file);
}

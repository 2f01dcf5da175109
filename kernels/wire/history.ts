// What was run in this and earlier sessions, kept in a file that all kernels of a user append to.

import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Content } from "../link";
import { matchesGlob } from "./glob";

/** A cell of the history: number of the session, number of the cell, its text, with its output if asked for. */
export type HistoryItem = [session: number, line: number, input: string | [string, string | null]];

interface Entry {
  readonly session: number;
  readonly line: number;
  readonly input: string;
  output: string | null;
}

/** Lines of the file: a cell's input when it starts, its output when it has one. */
interface Line {
  readonly session: number;
  readonly line: number;
  readonly input?: string;
  readonly output?: string;
}

/** The file is cut to its newer half when it has grown beyond this. */
const maxBytes = 4 << 20;
/** Longer cells are kept in memory only. */
const maxLineBytes = 1 << 18;

/** IGDS_KERNEL_HISTORY, else igds/history.jsonl in the platform's folder for data. */
export function historyFile(environment: NodeJS.ProcessEnv = process.env): string {
  const { IGDS_KERNEL_HISTORY: chosen, XDG_DATA_HOME, APPDATA } = environment;
  if (chosen) return chosen;
  const home = homedir();
  const folder =
    process.platform === "win32"
      ? APPDATA || join(home, "AppData", "Roaming")
      : process.platform === "darwin"
        ? join(home, "Library", "Application Support")
        : XDG_DATA_HOME || join(home, ".local", "share");
  return join(folder, "igds", "history.jsonl");
}

/** A file that cannot be read or written is no error: the history then is that of this session alone. */
export class History {
  readonly #file: string;
  readonly #own: Entry[] = [];
  #session: number | undefined;
  /** Of the file, as far as this session knows. */
  #size = 0;

  constructor(file = historyFile()) {
    this.#file = file;
  }

  /** Remembers a cell that starts. */
  input(line: number, input: string): void {
    if (this.#session === undefined) this.#begin();
    this.#own.push({ session: this.#session!, line, input, output: null });
    this.#append({ session: this.#session!, line, input });
  }

  /** Remembers the result of a cell of this session as text, unless that is very long. */
  output(line: number, output: string): void {
    const entry = this.#own.findLast((one) => one.line === line);
    if (!entry || output.length > maxLineBytes) return;
    entry.output = output;
    this.#append({ session: entry.session, line, output });
  }

  /** Answers the content of a history_request; oldest first. */
  find(request: Content): HistoryItem[] {
    const n = wholeNumber(request.n);
    const all = this.#all();
    let found: Entry[];
    if (request.hist_access_type === "range") found = this.#range(all, request);
    else if (request.hist_access_type === "search") found = search(all, request);
    else found = all;
    if (request.hist_access_type !== "range" && n !== undefined) found = n > 0 ? found.slice(-n) : [];
    return found.map(({ session, line, input, output }) => [
      session,
      line,
      request.output === true ? [input, output] : input,
    ]);
  }

  #range(all: readonly Entry[], request: Content): Entry[] {
    const current = this.#session ?? nextSession(all);
    const asked = wholeNumber(request.session) ?? 0;
    const session = asked > 0 ? asked : current + asked;
    const lines = all.filter((entry) => entry.session === session);
    const start = wholeNumber(request.start) ?? 0;
    const stop = wholeNumber(request.stop) ?? Number.POSITIVE_INFINITY;
    const end = 1 + (lines.at(-1)?.line ?? 0);
    const from = start < 0 ? end + start : start;
    const to = stop < 0 ? end + stop : stop;
    return lines.filter(({ line }) => line >= from && line < to);
  }

  /** Entries of all sessions, this one as it is in memory. */
  #all(): Entry[] {
    const others = this.#load().filter(({ session }) => session !== this.#session);
    return [...others, ...this.#own].sort((a, b) => a.session - b.session || a.line - b.line);
  }

  #load(): Entry[] {
    const entries = new Map<string, Entry>();
    for (const { session, line, input, output } of this.#read().split("\n").flatMap(parseLine)) {
      const id = `${session} ${line}`;
      const entry = entries.get(id);
      if (input !== undefined) entries.set(id, { session, line, input, output: null });
      else if (entry && output !== undefined) entry.output = output;
    }
    return [...entries.values()];
  }

  #read(): string {
    try {
      // A device could be read for ever.
      return statSync(this.#file).isFile() ? readFileSync(this.#file, "utf8") : "";
    } catch {
      return "";
    }
  }

  /** Takes the number of this session when it first has something to remember. */
  #begin(): void {
    this.#session = nextSession(this.#load());
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      this.#size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    } catch {
      // Appending will fail as well, and then this session is remembered in memory.
    }
  }

  /** Keeps the newer half; written beside the file and renamed, so that no reader sees a part of it. */
  #cut(): void {
    const text = this.#read();
    this.#size = text.length;
    // Another kernel may have done it.
    if (text.length <= maxBytes) return;
    const newer = text.slice(text.indexOf("\n", text.length - maxBytes / 2) + 1);
    const beside = `${this.#file}.${process.pid}`;
    writeFileSync(beside, newer, { mode: 0o600 });
    renameSync(beside, this.#file);
    this.#size = newer.length;
  }

  #append(line: Line): void {
    // The line break comes first, so that a line which a full disk has cut short spoils no later one.
    const text = `\n${JSON.stringify(line)}`;
    if (text.length > maxLineBytes) return;
    try {
      appendFileSync(this.#file, text, { mode: 0o600 });
      this.#size += text.length;
      if (this.#size > maxBytes) this.#cut();
    } catch {
      // Full or read-only: still in memory.
    }
  }
}

function search(all: readonly Entry[], { pattern, unique }: Content): Entry[] {
  const glob = typeof pattern === "string" ? pattern : "*";
  const found = all.filter(({ input }) => matchesGlob(input, glob));
  if (unique !== true) return found;
  const last = new Map(found.map((entry) => [entry.input, entry]));
  return found.filter((entry) => last.get(entry.input) === entry);
}

function nextSession(entries: readonly Entry[]): number {
  return entries.reduce((last, { session }) => Math.max(last, session), 0) + 1;
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? Math.trunc(value) : undefined;
}

/** Nothing for a line that is damaged. */
function parseLine(text: string): Line[] {
  if (text === "") return [];
  try {
    const { session, line, input, output } = JSON.parse(text) as Content;
    if (!Number.isSafeInteger(session) || !Number.isSafeInteger(line)) return [];
    const optional = [input, output].every((one) => one === undefined || typeof one === "string");
    return optional ? [{ session, line, input, output } as Line] : [];
  } catch {
    return [];
  }
}

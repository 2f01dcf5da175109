// Runs the programs that set-up needs, and knows which of them are still running.
//
// Each child is the leader of a process group and is noted in .cache/running/: a set-up that was killed leaves
// children behind (an `npm ci` that goes on writing, say), and the next one ends them before it starts.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { readJson, writeWhole } from "./files.mjs";
import { cache, root, temporary } from "./paths.mjs";

const running = path.join(cache, "running");

/** The children of this process; `shown` ones own the terminal and hear its Ctrl-C themselves.
 * @type {Map<number, {shown: boolean}>} */
const children = new Map();

/** A command that did not end well; `output` is the end of what it printed. */
class CommandError extends Error {
  /**
   * @param {string} command
   * @param {string} how
   * @param {string} output
   */
  constructor(command, how, output) {
    const lines = output.trim().split("\n");
    // The cause stands at the start of some programs' output and at the end of others'.
    const shown = lines.length > 40 ? [...lines.slice(0, 12), "...", ...lines.slice(-25)] : lines;
    const tail = shown.join("\n");
    super(`\`${command}\` ${how}${tail === "" ? "" : `:\n${tail}`}`);
    this.output = tail;
  }
}

/**
 * Of a long message the line that tells most: the last that names an error, or else the first.
 * @param {string} message
 */
export function decisiveLine(message) {
  const lines = message.split("\n").map((line) => line.trim());
  const found = lines.findLast((line) => /error\b[^:]*: ./i.test(line)) ?? lines[0] ?? "";
  return found.length > 400 ? `${found.slice(0, 200)} ... ${found.slice(-200)}` : found;
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] the project folder when not given
 * @property {NodeJS.ProcessEnv} [env] added to this process's environment
 * @property {boolean} [show] the program writes straight to this terminal
 * @property {(line: string) => void} [onLine] each line as it is printed
 */

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} what it printed, empty with `show`
 * @throws {CommandError} when it cannot be started or ends with an exit code other than 0
 */
export async function run(program, args, options = {}) {
  const { code, signal, output } = await runToEnd(program, args, options);
  if (code === 0) return output;
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  throw new CommandError([path.basename(program), ...args].join(" ").slice(0, 200), how, output);
}

/**
 * The same for programs whose exit code is an answer.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{code: number | null, signal: NodeJS.Signals | null, output: string}>}
 */
export function runToEnd(program, args, { cwd = root, env = {}, show = false, onLine } = {}) {
  mkdirSync(temporary, { recursive: true });
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, TMPDIR: temporary, ...env },
      stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
      // A program that owns the terminal must stay in its group to hear Ctrl-C.
      detached: !show,
    });
    const note = remember(child.pid, show);
    let output = "";
    let rest = "";
    const take = (/** @type {Buffer} */ chunk) => {
      output += chunk;
      const lines = (rest + chunk).split(/\r?\n|\r/);
      rest = lines.pop() ?? "";
      if (onLine) for (const line of lines) onLine(line);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.on("error", (error) => {
      note.forget();
      reject(new CommandError(program, `could not be started (${error.message})`, ""));
    });
    child.on("close", (code, signal) => {
      note.forget();
      if (onLine && rest !== "") onLine(rest);
      resolve({ code, signal, output });
    });
  });
}

/**
 * For short questions to programs that may not be there.
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {string | undefined} its output, undefined when it is missing or fails
 */
export function ask(program, args) {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Ends what a killed run left behind. Only the holder of the set-up lock may call this.
 * @param {string} [folder] where running children are noted
 */
export function endLeftovers(folder = running) {
  for (const name of namesIn(folder)) {
    const pid = Number(name);
    const file = path.join(folder, name);
    /** @type {{start?: string, parent: number, parentStart?: string} | undefined} */
    const note = readJson(file);
    if (note && startOf(note.parent) === note.parentStart) continue;
    // A process id is used again some day: the start time tells whether it is still the same process.
    if (note?.start !== undefined && note.start === startOf(pid)) endGroup(pid, "SIGKILL");
    rmSync(file, { force: true });
  }
}

/**
 * Removes the temporary files of processes that do not run any more. Only the holder of the set-up lock may call this.
 * @param {string} [folder] in which each process has a folder, by its id
 */
export function clearTemporary(folder = path.dirname(temporary)) {
  for (const name of namesIn(folder)) {
    if (!/^\d+$/.test(name) || startOf(Number(name)) === undefined)
      rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @returns {string[]} none where there is no such folder
 */
function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * When a process was started, in the system's own words; undefined when it does not run.
 * @param {number} pid
 */
export function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name, in brackets, may hold spaces: fields are counted after it. Field 22 is the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return process.platform === "linux" ? undefined : ask("ps", ["-o", "lstart=", "-p", String(pid)]);
  }
}

/**
 * @param {number | undefined} pid
 * @param {boolean} shown
 */
function remember(pid, shown) {
  if (pid === undefined) return { forget: () => {} };
  children.set(pid, { shown });
  const file = path.join(running, String(pid));
  const note = { start: startOf(pid), parent: process.pid, parentStart: startOf(process.pid) };
  writeWhole(file, JSON.stringify(note));
  return {
    forget: () => {
      children.delete(pid);
      rmSync(file, { force: true });
    },
  };
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function endGroup(pid, signal) {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
    } catch {
      // It leads no group, or ended by itself in the meantime.
    }
  }
}

process.on("exit", () => {
  for (const [pid, { shown }] of children) endGroup(pid, shown ? "SIGTERM" : "SIGKILL");
});
process.on("SIGINT", () => {
  // Jupyter asks back, a notebook run puts its papers in order: both then end by themselves.
  if (![...children.values()].some(({ shown }) => shown)) process.exit(130);
});
process.on("SIGTERM", () => process.exit(143));
process.on("SIGHUP", () => process.exit(129));

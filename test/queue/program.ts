// The built command line as processes of their own, to be waited for, killed, or stopped.
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";

/** The built command line. */
export const main: string = path.resolve(__dirname, "..", "..", "dist", "cli", "main.js");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to standard output, and to standard error. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has written to standard error so far. */
  said(): string;
  /** Waits until it has written something that matches. @throws if it ends before */
  says(pattern: RegExp): Promise<void>;
}

/** Starts `igds ARGS`, or another program under Node where `script` names one. */
export function start(
  args: readonly string[],
  { env = {}, script = main }: { readonly env?: Record<string, string>; readonly script?: string } = {},
): Program {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const)
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      written[stream] += text;
      for (const listener of listeners) listener();
    });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...written }));
  });
  return {
    child,
    ended,
    said: () => written.stderr,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(written.stderr)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        ended.then(
          () => reject(new Error(`Ended without saying ${pattern}: ${written.stderr.slice(-2000)}`)),
          reject,
        );
      }),
  };
}

/** Runs `igds ARGS` to its end. */
export function igds(...args: string[]): Promise<Ended> {
  return start(args).ended;
}

// Catches what is written to descriptors 1 and 2 by native libraries and child processes, which know nothing
// of process.stdout: both are replaced by pipes that the wire thread reads.

import { spawn, spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WireOptions } from "../link";

export interface Descriptors {
  /** Read ends of the pipes; undefined where the system has no FIFOs: the kernel works without. */
  readonly ends: WireOptions["descriptors"];
  /** Writes to the stderr that the process was started with, if that can still be reached; never throws. */
  readonly log: (text: string) => void;
  /** Where that is written; for another thread, which can write while this one is in a loop. */
  readonly logDescriptor: number | undefined;
}

/**
 * Puts pipes in the place of descriptors 1 and 2.
 *
 * Must run before any thread is started and before anything is written: another thread could otherwise take
 * the descriptor that is free for a moment, and a stream of Node's on top of it would make it non-blocking
 * for child processes.
 */
export function captureDescriptors(): Descriptors {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), "kernel-"));
    const paths = ["stdout", "stderr", "log"].map((name) => join(folder!, name));
    if (spawnSync("mkfifo", paths, { stdio: "ignore" }).status !== 0) return uncaptured;
    const [stdout, stderr, log] = paths.map(openPipe) as [Pipe, Pipe, Pipe];
    return replaceBoth(stdout, stderr, log);
  } catch {
    return uncaptured;
  } finally {
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

const uncaptured: Descriptors = { ends: undefined, log: logTo(2), logDescriptor: 2 };

interface Pipe {
  readonly path: string;
  readonly end: number;
}

/** Opening a FIFO for reading waits for a writer unless it is non-blocking. */
function openPipe(path: string): Pipe {
  return { path, end: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) };
}

function replaceBoth(stdout: Pipe, stderr: Pipe, log: Pipe): Descriptors {
  const originals = { stdout: reopen(1), stderr: reopen(2) ?? copyThrough(log) };
  closeSync(log.end);
  const replaced = replace(1, stdout, originals.stdout) && replace(2, stderr, originals.stderr);
  if (originals.stdout !== undefined) closeSync(originals.stdout);
  const ends = { stdout: stdout.end, stderr: stderr.end };
  if (!replaced) for (const end of Object.values(ends)) closeSync(end);
  return {
    ends: replaced ? ends : undefined,
    log: logTo(originals.stderr),
    logDescriptor: originals.stderr,
  };
}

/** Another handle of an open descriptor; undefined where the system gives none (a socket on Linux). */
function reopen(descriptor: number): number | undefined {
  try {
    // Appending: a log file opened again would otherwise be written from its start.
    return openSync(`/dev/fd/${descriptor}`, constants.O_WRONLY | constants.O_APPEND);
  } catch {
    return undefined;
  }
}

/** A front end written in Node makes stderr a socket: a process that has inherited it writes for us. */
function copyThrough({ path, end }: Pipe): number {
  const descriptor = openSync(path, constants.O_WRONLY);
  // In a session of its own, or a SIGINT for the kernel's group would end it. It ends with the pipe.
  const copier = spawn("cat", { stdio: [end, 2, "ignore"], detached: true });
  copier.on("error", () => undefined).unref();
  return descriptor;
}

/** POSIX gives out the lowest free number: the descriptor that was just closed. */
function replace(descriptor: number, pipe: Pipe, original: number | undefined): boolean {
  closeSync(descriptor);
  const opened = openSync(pipe.path, constants.O_WRONLY);
  if (opened === descriptor) return true;
  closeSync(opened);
  openSync(original === undefined ? "/dev/null" : `/dev/fd/${original}`, constants.O_WRONLY);
  return false;
}

function logTo(descriptor: number | undefined): (text: string) => void {
  return (text) => {
    if (descriptor === undefined) return;
    try {
      writeSync(descriptor, text);
    } catch {
      // The terminal or server that started the kernel is gone, and with it whoever could read this.
    }
  };
}

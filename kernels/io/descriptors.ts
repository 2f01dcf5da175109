// Catches what is written to descriptors 1 and 2 by native libraries and child processes, which know nothing
// of process.stdout: both are replaced by pipes that the wire thread reads.

import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WireOptions } from "../link";

export interface Descriptors {
  /** Read ends of the pipes; undefined where the system has no FIFOs: the kernel works without. */
  readonly ends: WireOptions["descriptors"];
  /** Writes to the stderr that the process was started with, if that can still be reached; never throws. */
  readonly log: (text: string) => void;
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
    const paths = [join(folder, "1"), join(folder, "2")];
    if (spawnSync("mkfifo", paths, { stdio: "ignore" }).status !== 0) return uncaptured;
    return replaceBoth(paths[0]!, paths[1]!);
  } catch {
    return uncaptured;
  } finally {
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

const uncaptured: Descriptors = { ends: undefined, log: logTo(2) };

function replaceBoth(first: string, second: string): Descriptors {
  // Opening a FIFO for reading waits for a writer unless it is non-blocking.
  const reading = constants.O_RDONLY | constants.O_NONBLOCK;
  const ends = { stdout: openSync(first, reading), stderr: openSync(second, reading) };
  const originals = [reopen(1), reopen(2)] as const;
  if (replace(1, first, originals[0]) && replace(2, second, originals[1])) {
    if (originals[0] !== undefined) closeSync(originals[0]);
    return { ends, log: logTo(originals[1]) };
  }
  closeSync(ends.stdout);
  closeSync(ends.stderr);
  return { ends: undefined, log: logTo(originals[1]) };
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

/** POSIX gives out the lowest free number: the descriptor that was just closed. */
function replace(descriptor: number, path: string, original: number | undefined): boolean {
  closeSync(descriptor);
  const opened = openSync(path, constants.O_WRONLY);
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

// TensorFlow's library writes notes about itself to descriptor 2 while it is loaded, before any setting of its log
// level counts. They say nothing that a user could act on.

import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isatty } from "node:tty";

const notes = [
  /^WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR$/,
  /^I\d{4} .*oneDNN custom operations are on\./,
];

/**
 * Runs `load` with what native code writes to descriptor 2 held back; all but the notes is written afterwards. Where
 * descriptors cannot be opened a second time (Windows, a socket) `load` simply runs.
 */
export function quietly<T>(load: () => T): T {
  // Node makes the stream when it is first asked for: made by `load`, it would be that of a file for ever, without bars.
  if (isatty(2)) void process.stderr;
  let folder: string | undefined;
  try {
    folder = mkdtempSync(path.join(tmpdir(), "igds-"));
    const file = path.join(folder, "stderr");
    const original = openSync("/dev/fd/2", constants.O_WRONLY | constants.O_APPEND);
    const held = replaceStderr(file, original);
    try {
      return load();
    } finally {
      if (held) replaceStderr(`/dev/fd/${original}`, original);
      closeSync(original);
      if (held) writeRest(readFileSync(file, "utf8"));
    }
  } catch (error) {
    if (isMissing(error)) return load();
    throw error;
  } finally {
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

/** POSIX gives out the lowest free number, which is 2 unless another thread was faster: then all stays as it was. */
function replaceStderr(file: string, original: number): boolean {
  closeSync(2);
  const opened = openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
  if (opened === 2) return true;
  closeSync(opened);
  openSync(`/dev/fd/${original}`, constants.O_WRONLY | constants.O_APPEND);
  return false;
}

function writeRest(text: string): void {
  const rest = text
    .split("\n")
    .filter((line) => !notes.some((note) => note.test(line)))
    .join("\n");
  if (rest !== "") writeSync(2, rest);
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENXIO" || code === "EACCES";
}

// Files that are whole or not there at all, so that a break at any moment leaves nothing half-written behind.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * @param {string} file
 * @param {string | Uint8Array} content
 */
export function writeWhole(file, content) {
  mkdirSync(path.dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, content);
  renameSync(part, file);
}

/**
 * Puts a finished folder in the place of an old one.
 * @param {string} from
 * @param {string} to
 */
export function replaceFolder(from, to) {
  const old = `${to}.${process.pid}.old`;
  if (existsSync(to)) renameSync(to, old);
  renameSync(from, to);
  rmSync(old, { recursive: true, force: true });
}

/**
 * Removes what broken-off work left in a folder. Only the holder of the set-up lock may call this.
 * @param {string} folder
 */
export function removeParts(folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (/\.\d+\.(part|old)$/.test(name)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {string | undefined} the file's text, undefined when there is none
 */
export function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * @param {string} file
 * @returns {any} what the file holds, undefined when it is missing or broken
 */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {readonly (string | Uint8Array)[]} parts */
export function hashOf(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}

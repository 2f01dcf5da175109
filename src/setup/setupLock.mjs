// One set-up at a time: a second one waits for the first.

import { linkSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { readIfThere, writeWhole } from "./files.mjs";
import { cache } from "./paths.mjs";
import { startOf } from "./processes.mjs";

const lockFile = path.join(cache, "setup.lock");

/**
 * @param {(holder: string) => void} onWait called once when another set-up has to be waited for
 * @param {string} [file] where the lock lies
 * @returns {Promise<() => void>} gives the lock back
 */
export async function takeLock(onWait, file = lockFile) {
  const mine = JSON.stringify({ pid: process.pid, start: startOf(process.pid) });
  let told = false;
  let unread = 0;
  for (;;) {
    if (tryLink(file, mine)) return () => release(file, mine);
    const found = readIfThere(file);
    if (found === undefined) {
      // Given back just now, or not to be read by this user.
      if (++unread > 50)
        throw new Error(
          `${file} is there and cannot be read. Remove it, or have the user do so who made it.`,
        );
      await new Promise((done) => setTimeout(done, 100));
      continue;
    }
    unread = 0;
    const holder = parse(found);
    if (holder && startOf(holder.pid) === holder.start) {
      if (!told) onWait(`process ${holder.pid}`);
      told = true;
      await new Promise((done) => setTimeout(done, 500));
    } else {
      removeStale(file, found);
    }
  }
}

/** A link appears whole or not at all, and fails where the name is taken: no one sees an empty lock.
 * @param {string} file
 * @param {string} mine */
function tryLink(file, mine) {
  const own = `${file}.${process.pid}`;
  writeWhole(own, mine);
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Another waiter may have removed it and taken the lock meanwhile: what was moved away is looked at again.
 * @param {string} file
 * @param {string} found */
function removeStale(file, found) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readIfThere(aside) !== found) linkSync(aside, file);
  } catch {
    // The other waiter was faster; the next round sees what there is.
  }
  rmSync(aside, { force: true });
}

/**
 * @param {string} file
 * @param {string} mine
 */
function release(file, mine) {
  if (readIfThere(file) === mine) rmSync(file, { force: true });
}

/** @param {string} text
 * @returns {{pid: number, start: string} | undefined} */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// A claim says that a process is at work on something, so that others take something else. It is a file: the link to
// a finished file is made or refused in one piece. A claim whose process has died counts for nothing.
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { unfinishedName } from "../tensor/atomicFile";

/** A claim is kept fresh this often; one that is older than the limit was left by a machine that is gone. ms */
const FRESHEN = 30_000;
const LIMIT = 15 * 60_000;

/** Ends the claim. */
export type Release = () => Promise<void>;

/**
 * Takes a claim, or null while another process holds it. Should two processes take over the claim of a dead one in the
 * same moment, both work at the same thing: what is claimed must stand that.
 */
export async function claim(file: string): Promise<Release | null> {
  await mkdir(path.dirname(file), { recursive: true });
  if (!(await taken(file))) {
    const own = unfinishedName(file);
    await writeFile(own, JSON.stringify({ pid: process.pid, host: hostname() }));
    try {
      await link(own, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return null;
      throw error;
    } finally {
      await rm(own, { force: true });
    }
    const timer = setInterval(() => {
      const now = new Date();
      utimes(file, now, now).catch(() => {}); // it may have been taken away: that is no fault of the work
    }, FRESHEN);
    timer.unref();
    return async () => {
      clearInterval(timer);
      await rm(file, { force: true });
    };
  }
  return null;
}

/** Whether a living process holds the claim; one of a dead process is removed. */
async function taken(file: string): Promise<boolean> {
  try {
    const { pid, host } = JSON.parse(await readFile(file, "utf8")) as { pid: number; host: string };
    const age = Date.now() - (await stat(file)).mtimeMs;
    if (age < LIMIT && (host !== hostname() || lives(pid))) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
  }
  await rm(file, { force: true });
  return false;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

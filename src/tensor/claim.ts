// A claim says that a process is at work on something, so that others take something else. It is a file: the link to
// a finished file is made or refused in one piece. A claim whose process has died counts for nothing.
//
// It sits in tensor/ as every folder imports that.
import { link, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { makeFolder, removeUnfinished, unfinishedName, writeError } from "./atomicFile";

/** A claim that is older was left by a machine that is gone. ms */
const LIMIT = 15 * 60_000;
/** How often claims are kept fresh unless told otherwise. ms */
const FRESHEN = 30_000;

/** What this process holds. */
const held = new Set<string>();

/** What link says on a file system without links. */
const withoutLinks = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"];

/** Ends the claim. */
export type Release = () => Promise<void>;

/**
 * Takes a claim, or null while another process holds it. Should two processes take over the claim of a dead one in the
 * same moment, both work at the same thing: what is claimed must stand that.
 */
export async function claim(file: string, freshen = FRESHEN): Promise<Release | null> {
  await makeFolder(path.dirname(file)).catch((error) => {
    throw writeError(error, file);
  });
  if (!(await taken(file, freshen))) {
    const own = unfinishedName(file);
    try {
      const text = JSON.stringify({ pid: process.pid, host: hostname() });
      await writeFile(own, text);
      await link(own, file).catch((error: NodeJS.ErrnoException) => {
        // Not every file system has links; then there is a moment in which the claim is empty.
        if (!withoutLinks.includes(error.code ?? "")) throw error;
        return writeFile(file, text, { flag: "wx" });
      });
    } catch (error) {
      // Where the own file is gone, the one who holds the claim by now has tidied up.
      if (["EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
      throw writeError(error as NodeJS.ErrnoException, file);
    } finally {
      await rm(own, { force: true });
    }
    await removeUnfinished(path.dirname(file), [path.basename(file)]);
    const place = path.resolve(file);
    held.add(place);
    const timer = setInterval(() => {
      const now = new Date();
      utimes(file, now, now).catch(() => {}); // it may have been taken away: that is no fault of the work
    }, freshen);
    timer.unref();
    return async () => {
      clearInterval(timer);
      held.delete(place);
      await rm(file, { force: true });
    };
  }
  return null;
}

/** Whether a living process holds the claim; one of a dead process is removed. */
async function taken(file: string, freshen: number): Promise<boolean> {
  try {
    const { pid, host } = await holderOf(file);
    const here = host === hostname();
    const touched = async () => (await stat(file)).mtimeMs;
    const last = await touched();
    if (Date.now() - last < LIMIT) {
      if (!here || lives(pid, file)) return true;
    } else if (here && lives(pid, file)) {
      // The process is there, but has another one's number, or the clock has jumped: a living claim is freshened soon.
      await setTimeout(1.2 * freshen);
      if ((await touched()) !== last) return true;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    // A claim that cannot be read may be a living one; one that is damaged is nobody's.
    if (code !== undefined) throw writeError(error as NodeJS.ErrnoException, file);
  }
  await rm(file, { force: true });
  return false;
}

/** Who holds a claim. @throws if there is none, or it is damaged */
export async function holderOf(file: string): Promise<{ readonly pid: number; readonly host: string }> {
  const { pid, host } = JSON.parse(await readFile(file, "utf8")) as { pid: number; host: string };
  return { pid, host };
}

function lives(pid: number, file: string): boolean {
  // A container that is started again gives its processes the same numbers: a claim of before is no claim of this one.
  if (pid === process.pid) return held.has(path.resolve(file));
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

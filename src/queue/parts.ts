// Where finished shards wait to be taken into their set: a hidden folder of the set that all machines see. One file per
// shard, whole or not there; written twice it is the same file.
import { lstat, mkdir, readdir, readFile, realpath, rm } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../tensor/atomicFile";

/** The hidden folder's name. */
const partsFolder = ".parts";

/** The parts of one run. */
export interface PartStore {
  /** For people. */
  readonly place: string;
  write(name: string, content: string): Promise<void>;
  /** The text, or null where there is none. @throws if it is longer than the limit, or no plain file */
  read(name: string, limit: number): Promise<string | null>;
  list(): Promise<string[]>;
  remove(name: string): Promise<void>;
  /** Removes everything. */
  clear(): Promise<void>;
}

/** Parts in SETS/SET/.parts/RUN; set and run are single names, checked by their schemas. */
export class PartFolder implements PartStore {
  readonly place: string;

  constructor(
    private readonly sets: string,
    private readonly set: string,
    run: string,
  ) {
    this.place = path.join(sets, set, partsFolder, run);
  }

  async write(name: string, content: string): Promise<void> {
    await mkdir(this.place, { recursive: true });
    await this.checkInside();
    await writeFileAtomic(path.join(this.place, name), content);
  }

  async read(name: string, limit: number): Promise<string | null> {
    const file = path.join(this.place, name);
    const info = await lstat(file).catch(orNull);
    if (info === null) return null;
    await this.checkInside();
    if (!info.isFile()) throw new Error(`${file}: expected a plain file. Remove it.`);
    if (info.size > limit)
      throw new Error(`${file}: expected at most ${limit} bytes, found ${info.size}. Remove it.`);
    return readFile(file, "utf8").catch(orNull);
  }

  async list(): Promise<string[]> {
    const names = (await readdir(this.place).catch(orNull)) ?? [];
    return names.filter((name) => !name.startsWith("."));
  }

  async remove(name: string): Promise<void> {
    await rm(path.join(this.place, name), { recursive: true, force: true });
  }

  async clear(): Promise<void> {
    await rm(this.place, { recursive: true, force: true });
    const all = path.dirname(this.place);
    if (((await readdir(all).catch(orNull)) ?? ["?"]).length === 0)
      await rm(all, { recursive: true, force: true });
  }

  /** A link must not lead what is written, or read, out of the set. */
  private async checkInside(): Promise<void> {
    const [set, place] = await Promise.all([realpath(path.join(this.sets, this.set)), realpath(this.place)]);
    if (!place.startsWith(set + path.sep))
      throw new Error(`${this.place} leads out of its set, to ${place}. Remove the link.`);
  }
}

function orNull(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}

// A file out of a Debian package, fetched by apt without being root and unpacked in a folder of our own.

import { spawn } from "node:child_process";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";

/** apt or dpkg-deb is missing or failed; the message is what it said. */
class AptError extends Error {
  override readonly name = "AptError";
}

/**
 * Downloads the package `name` from the machine's own package sources and unpacks it, all inside `folder`,
 * which must exist and is the caller's to delete. Nothing is installed. If the machine's package lists do not
 * know the package (containers ship without lists), fresh lists are fetched into `folder` too.
 * @param onBytes - Called with the bytes received so far, a few times a second.
 * @returns The root of the unpacked files.
 * @throws AptError
 */
export async function fetchDebianPackage(
  name: string,
  folder: string,
  onBytes: (received: number) => void = () => {},
): Promise<string> {
  const download = path.join(folder, "download");
  await mkdir(download, { recursive: true });
  const watch = setInterval(() => {
    sizeOf(download).then(onBytes, () => {}); // a file may vanish between listing and looking: no progress then
  }, 250);
  try {
    const get = [...options, "download", name];
    try {
      await run("apt-get", get, download);
    } catch (error) {
      if (!(error instanceof AptError && staleLists.test(error.message))) throw error;
      const lists = await ownLists(folder);
      // One unreachable third-party source makes "update" fail although the lists that matter have arrived.
      const updated = await run("apt-get", [...lists, ...options, "update"], folder).catch((e: Error) => e);
      await run("apt-get", [...lists, ...get], download).catch((e: Error) => {
        throw updated instanceof Error ? new AptError(`${e.message}; update: ${updated.message}`) : e;
      });
    }
  } finally {
    clearInterval(watch);
  }
  const archive = (await readdir(download)).find((file) => file.endsWith(".deb"));
  if (!archive) throw new AptError(`apt-get download ${name} left no .deb file`);
  const root = path.join(folder, "root");
  await run("dpkg-deb", ["-x", path.join(download, archive), root], folder);
  return root;
}

/** Short waits, and no package caches written to the machine's own folders (matters for root only). */
const options = [
  "Acquire::http::Timeout=15",
  "Acquire::https::Timeout=15",
  "Acquire::Retries=1",
  "Dir::Cache::pkgcache=",
  "Dir::Cache::srcpkgcache=",
].flatMap((option) => ["-o", option]);

/** What apt says when its lists are empty, or are so old that the file they name is gone. */
const staleLists =
  /unable to locate|no packages found|can't select|no candidate|no installation candidate|404/i;

/** Options that keep apt's lists and caches inside `folder`. */
async function ownLists(folder: string): Promise<string[]> {
  const lists = path.join(folder, "lists");
  const cache = path.join(folder, "cache");
  await mkdir(path.join(lists, "partial"), { recursive: true });
  await mkdir(path.join(cache, "archives", "partial"), { recursive: true });
  // Container images clean the machine's apt cache by hooks after every update: not ours to touch.
  const config = path.join(folder, "apt.conf");
  await writeFile(config, hooks.map((hook) => `#clear ${hook};\n`).join(""));
  return ["-c", config, "-o", `Dir::State::lists=${lists}`, "-o", `Dir::Cache=${cache}`];
}

const hooks = ["APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success"];

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(
    files.map((file) => stat(path.join(folder, file)).then((info) => info.size)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // LC_ALL: the messages are matched above. The time limit ends an apt that waits for a dead network.
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 300_000,
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(new AptError(error.code === "ENOENT" ? `${command} is not on this machine` : error.message));
    });
    child.on("close", (code, signal) => {
      if (code === 0) return resolve();
      const errors = said.split("\n").filter((line) => line.startsWith("E:"));
      const message = (errors.length > 0 ? errors : said.split("\n").filter((line) => line !== "")).join(" ");
      reject(new AptError(message || `${command} ended with ${signal ?? `status ${code}`}`));
    });
  });
}

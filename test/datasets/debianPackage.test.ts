import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { fetchDebianPackage } from "../../src/datasets/debianPackage";
import { temporaryFolder } from "../temporaryFolder";

// Stand-ins for apt-get and dpkg-deb, so that every answer of theirs can be met on any machine. The real ones
// run when the dataset is fetched on a fresh machine without a web.

async function withCommands<T>(
  commands: Record<string, string>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await temporaryFolder();
  const bin = path.join(folder, "bin");
  await mkdir(bin);
  for (const [name, script] of Object.entries(commands)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\necho "$0 $@" >> "${folder}/log"\n${script}\n`);
    await chmod(path.join(bin, name), 0o755);
  }
  const before = process.env.PATH;
  process.env.PATH = commands["apt-get"] === undefined ? bin : `${bin}:${before}`;
  try {
    return await work(folder);
  } finally {
    process.env.PATH = before;
  }
}

const unpack = 'mkdir -p "$3"; cp "$2" "$3/content"';

describe.skipIf(process.platform === "win32")("fetchDebianPackage", () => {
  it("downloads and unpacks inside the folder", async () => {
    const commands = { "apt-get": "echo bytes > thing_1_all.deb", "dpkg-deb": unpack };
    await withCommands(commands, async (folder) => {
      const root = await fetchDebianPackage("thing", folder);
      expect(await readFile(path.join(root, "content"), "utf8")).toBe("bytes\n");
      expect(await readFile(path.join(folder, "log"), "utf8")).not.toContain(" update");
    });
  });

  it("fetches package lists of its own when the machine's do not know the package", async () => {
    const apt = `case "$*" in
      *Dir::State::lists=*download*) echo bytes > thing_1_all.deb;;
      *update) echo "E: one source of many is down" >&2; exit 100;;
      *) echo "E: Unable to locate package thing" >&2; exit 100;;
    esac`;
    await withCommands({ "apt-get": apt, "dpkg-deb": unpack }, async (folder) => {
      await fetchDebianPackage("thing", folder);
      const calls = (await readFile(path.join(folder, "log"), "utf8")).trim().split("\n");
      expect(calls.map((call) => call.replace(/.*\/bin\/(\S+).* (\S+)/, "$1 $2")).slice(0, 3)).toEqual([
        "apt-get thing",
        "apt-get update",
        "apt-get thing",
      ]);
      expect(calls[1]).toContain(`Dir::State::lists=${folder}`);
      expect(calls[1]).toContain(`Dir::Cache=${folder}`);
    });
  });

  it("repeats what apt said, of the download and of the update", async () => {
    const apt = `case "$*" in
      *update) echo "W: noise" >&2; echo "E: the network is down" >&2; exit 100;;
      *) echo "E: Unable to locate package thing" >&2; exit 100;;
    esac`;
    await withCommands({ "apt-get": apt }, async (folder) => {
      await expect(fetchDebianPackage("thing", folder)).rejects.toThrow(
        "E: Unable to locate package thing; update: E: the network is down",
      );
    });
    await withCommands({ "apt-get": 'echo "E: disk full" >&2; exit 1' }, async (folder) => {
      await expect(fetchDebianPackage("thing", folder)).rejects.toThrow(/^E: disk full$/);
    });
    await withCommands({ "apt-get": "exit 3" }, async (folder) => {
      await expect(fetchDebianPackage("thing", folder)).rejects.toThrow("apt-get ended with status 3");
    });
  });

  it("says so where there is no apt", async () => {
    await withCommands({}, async (folder) => {
      await expect(fetchDebianPackage("thing", folder)).rejects.toThrow("apt-get is not on this machine");
    });
  });
});

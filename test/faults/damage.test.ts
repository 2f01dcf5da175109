// Full disks, folders that cannot be written, damaged files, two processes at one folder, clocks that jump: each is told in words
// or survived, and the set that comes of it is that of an unbroken run.
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { unfinishedName } from "../../src/tensor/atomicFile";
import { bytesBelow } from "../queue/bytes";
import { longTest } from "../queue/long";
import { igds, main, start } from "../queue/program";
import { RedisServer } from "../queue/redisServer";
import { type World, writeWorld } from "../queue/world";

const run = promisify(execFile);
// Each of them starts several processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const base = path.resolve(__dirname, "..", "..", ".cache", "test", `damage-${process.pid}`);
let world: World;
let expected: string;

beforeAll(async () => {
  world = await writeWorld(path.join(base, "world"));
  expect((await distill("unbroken")).code).toBe(0);
  expected = await bytesBelow(path.join(base, "unbroken"));
}, 300_000);

afterAll(() => rm(base, { recursive: true, force: true }));

const distill = (name: string) => igds("distill", ...world.set, "--out", path.join(base, name));
const bytes = (name: string) => bytesBelow(path.join(base, name));

/** A shell script in a place where a file system of its own may be mounted; null where this machine allows none. */
async function inOwnMounts(script: string): Promise<{ stdout: string; stderr: string } | null> {
  const allowed = await run("unshare", ["-Urm", "true"]).then(
    () => true,
    () => false,
  );
  return allowed ? run("unshare", ["-Urm", "sh", "-c", script]) : null;
}

const quoted = (args: readonly string[]) => args.map((arg) => `'${arg}'`).join(" ");
const command = (out: string) => quoted([process.execPath, main, "distill", ...world.set, "--out", out]);

describe("a set", () => {
  it("goes on when the disk was full, and is said to be", async () => {
    const [disk, out] = [path.join(base, "disk"), path.join(base, "full")];
    await mkdir(disk);
    const script = `mount -t tmpfs -o size=200k none '${disk}' && { ${command(`${disk}/set`)}; echo first $?;
      mount -o remount,size=64m '${disk}'; ${command(`${disk}/set`)}; echo second $?; cp -r '${disk}/set' '${out}'; }`;
    const mounted = await inOwnMounts(script);
    if (mounted) {
      expect(mounted.stdout).toMatch(/first 1\s+second 0/);
      expect(mounted.stderr).toMatch(/disk is full\. Free some space and start again/);
    } else {
      // No file may grow past this: the manifest does.
      const limited = await run("bash", ["-c", `ulimit -f 20; ${command(out)}`]).catch((error) => error);
      expect(limited.stderr).toMatch(/larger than this process may write.*ulimit -f/);
      expect((await distill("full")).code).toBe(0);
    }
    expect(await bytesBelow(out)).toBe(expected);
  });

  it("is not begun where its folder cannot be written, and says so", async () => {
    const folder = path.join(base, "closed");
    await mkdir(folder);
    const script = `mount -t tmpfs none '${folder}' && mount -o remount,ro '${folder}' && ${command(`${folder}/set`)}`;
    await chmod(folder, 0o555);
    // Of root no folder is closed but in a mount of its own, or where the kernel alone makes files.
    const { code, stderr } = process.getuid?.()
      ? await distill("closed/set")
      : ((await inOwnMounts(script).catch((error) => error)) ??
        (await igds("distill", ...world.set, "--out", "/sys/igds-set")));
    await chmod(folder, 0o755);
    expect(code).toBe(1);
    expect(stderr).toMatch(/read-only|may not write there/);
  });

  it("makes a cut, an emptied and a missing picture again", async () => {
    expect((await distill("pictures")).code).toBe(0);
    const file = (i: number) => path.join(base, "pictures", world.classes[i], `${7 * i}.png`);
    await truncate(file(0), 60);
    await writeFile(file(1), "");
    await rm(file(2));
    // What a process leaves that was killed while it wrote.
    for (const whole of [file(3), path.join(base, "pictures", "manifest.json")])
      await writeFile(unfinishedName(whole), "half");
    expect((await distill("pictures")).code).toBe(0);
    expect(await bytes("pictures")).toBe(expected);
  });

  it("says that its manifest is cut, touches nothing, and is made again once the folder is gone", async () => {
    expect((await distill("manifest")).code).toBe(0);
    const manifest = path.join(base, "manifest", "manifest.json");
    await truncate(manifest, 1000);
    const before = await bytes("manifest");
    const { code, stderr } = await distill("manifest");
    expect(code).toBe(1);
    expect(stderr).toMatch(/not a valid manifest.*Restore the file, or delete the folder/);
    expect(await bytes("manifest")).toBe(before);
    await rm(manifest);
    const without = await distill("manifest");
    expect(without.code).toBe(1);
    expect(without.stderr).toMatch(/found [\w-]+.0\.png, which would be replaced or counted in/);
    await rm(path.join(base, "manifest"), { recursive: true });
    expect((await distill("manifest")).code).toBe(0);
    expect(await bytes("manifest")).toBe(expected);
  });

  it("is made by one of two processes that begin at once", async () => {
    const ended = await Promise.all([distill("both"), distill("both")]);
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(ended.find(({ code }) => code === 1)?.stderr).toMatch(/another process is making this set/);
    expect(await bytes("both")).toBe(expected);
  });

  longTest("is the same where clocks jump, of this process, and of a worker", async () => {
    const env = { NODE_OPTIONS: `--require ${path.join(__dirname, "jumpingClock.cjs")}` };
    const out = (name: string) => ["--out", path.join(base, name)];
    expect((await start(["distill", ...world.set, ...out("clock")], { env }).ended).code).toBe(0);
    expect(await bytes("clock")).toBe(expected);
    await mkdir(path.join(base, "redis"));
    const server = await RedisServer.start(path.join(base, "redis"));
    try {
      const queue = ["--queue", server.url];
      const jumping = { env };
      const worker = start(
        ["worker", ...queue, ...world.models, "--out", base, "--lost-after", "5"],
        jumping,
      );
      const made = await start(["distill", ...world.set, ...queue, ...out("clock-queue")], jumping).ended;
      expect(made.code, made.stderr).toBe(0);
      expect(await bytes("clock-queue")).toBe(expected);
      worker.child.kill("SIGTERM");
      expect((await worker.ended).code).toBe(0);
    } finally {
      await server.stop();
    }
  });

  longTest("has its manifest whole at any time", async () => {
    const program = start(["distill", ...world.set, "--out", path.join(base, "watched")]);
    let ended = false;
    void program.ended.then(() => {
      ended = true;
    });
    let seen = 0;
    while (!ended) {
      const text = await readFile(path.join(base, "watched", "manifest.json"), "utf8").catch(() => null);
      if (text !== null && JSON.parse(text)) seen++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen).toBeGreaterThan(0);
  });
});

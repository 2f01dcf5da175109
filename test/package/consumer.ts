// A stranger's empty project with this package's tarball in it, installed as npm would.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

export const root = path.resolve(__dirname, "..", "..");
const execute = promisify(execFile);

interface Packed {
  readonly filename: string;
  readonly integrity: string;
  /** Bytes of the tarball. */
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

interface Lock {
  readonly packages: Record<string, Record<string, unknown>>;
}

/** Runs a program in a folder. @returns what it printed */
export async function run(folder: string, program: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, npm_config_dry_run: undefined, NODE_ENV: undefined };
  const { stdout } = await execute(program, args, { cwd: folder, env, maxBuffer: 1 << 26 });
  return stdout;
}

/** Packs this project into a folder. */
export async function pack(folder: string): Promise<Packed> {
  const text = await run(root, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder);
  const [packed] = JSON.parse(text) as [Packed];
  return packed;
}

/**
 * Installs the tarball with the versions of this project's own lock file, so that npm's cache has them all. Install
 * scripts are off: the one of the engine's package downloads a TensorFlow of 2022.
 */
export async function install(folder: string, packed: Packed): Promise<void> {
  const { packages } = JSON.parse(await readFile(path.join(root, "package-lock.json"), "utf8")) as Lock;
  const { "": own, ...others } = packages;
  const tarball = `file:${packed.filename}`;
  const manifest = { name: "stranger", version: "1.0.0", dependencies: { igds: tarball } };
  const { devDependencies: _, name: __, ...igds } = own!;
  const lock = {
    lockfileVersion: 3,
    packages: {
      "": manifest,
      "node_modules/igds": { ...igds, resolved: tarball, integrity: packed.integrity },
      ...Object.fromEntries(Object.entries(others).filter(([, { dev }]) => dev !== true)),
    },
  };
  await writeFile(path.join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(path.join(folder, "package-lock.json"), JSON.stringify(lock));
  await run(folder, "npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund");
}

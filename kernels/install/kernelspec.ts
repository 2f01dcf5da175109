// The kernel's entry in one of Jupyter's folders: a folder with kernel.json and the logos.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

/** How the kernel is started, before its own file: the compiler's short-lived objects need not spread over 50 MB. */
const nodeFlags = ["--max-semi-space-size=2"];

/** Known by this key of the metadata as one of ours, wherever it runs from. */
const mark = "igds";

export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface InstallOptions {
  /** Jupyter's folder, of which `kernels/NAME` becomes the entry. */
  readonly folder: string;
  readonly name: string;
  readonly displayName: string;
  /** Replaces a kernel of the same name that is not this one. */
  readonly force?: boolean;
}

/** A kernel's entry that was found. */
export interface Installed {
  readonly name: string;
  readonly folder: string;
  /** Undefined if it cannot be read. */
  readonly spec: KernelSpec | undefined;
  /** What it needs and is not there any more. */
  readonly missing: readonly string[];
}

/**
 * Writes the entry, or leaves it as it is when it is there already.
 * @returns its folder and whether anything changed
 * @throws Error if the name is not one for a kernel, is taken by another kernel, or the folder cannot be written
 */
export function installKernel(options: InstallOptions): {
  readonly folder: string;
  readonly changed: boolean;
} {
  const { name, force = false } = options;
  const folder = folderOf(options.folder, name);
  refuseOthers(folder, name, force, "--force replaces it, --name installs beside it");
  const text = `${JSON.stringify(specOf(options.displayName), undefined, 2)}\n`;
  if (readIfThere(path.join(folder, "kernel.json")) === text) return { folder, changed: false };
  writable(folder, () => {
    mkdirSync(path.dirname(folder), { recursive: true });
    const part = `${folder}.${process.pid}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part);
    try {
      writeFileSync(path.join(part, "kernel.json"), text);
      for (const logo of readdirSync(logos)) copyFileSync(path.join(logos, logo), path.join(part, logo));
      rmSync(folder, { recursive: true, force: true });
      renameSync(part, folder);
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  });
  return { folder, changed: true };
}

/**
 * Removes the entry.
 * @returns the folder that was removed; undefined if there was none
 * @throws Error if the name is not one for a kernel, it is another kernel's, or cannot be removed
 */
export function uninstallKernel(jupyter: string, name: string, force = false): string | undefined {
  const folder = folderOf(jupyter, name);
  if (!existsSync(folder)) return undefined;
  refuseOthers(folder, name, force, "--force removes it all the same");
  writable(folder, () => rmSync(folder, { recursive: true }));
  return folder;
}

/** This kernel's entries in one of Jupyter's folders. */
export function installedIn(jupyter: string): Installed[] {
  const kernels = path.join(jupyter, "kernels");
  const names = existsSync(kernels) ? readdirSync(kernels).sort() : [];
  return names.flatMap((name) => {
    const folder = path.join(kernels, name);
    const spec = readSpec(folder);
    if (!isOurs(folder, spec)) return [];
    const files = spec?.argv.filter((part) => path.isAbsolute(part)) ?? [];
    return [{ name, folder, spec, missing: files.filter((file) => !existsSync(file)) }];
  });
}

/** The package's own folder: it is the same from kernels/ and from dist/kernels/. */
export const packageFolder = packageAbove(__dirname);
const logos = path.join(packageFolder, "kernels", "kernelspec");

function specOf(displayName: string): KernelSpec {
  const { version } = JSON.parse(readFileSync(path.join(packageFolder, "package.json"), "utf8")) as {
    version: string;
  };
  const main = path.join(packageFolder, "dist", "kernels", "main.js");
  return {
    argv: [process.execPath, ...nodeFlags, main, "{connection_file}"],
    display_name: displayName,
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: false, [mark]: { version } },
  };
}

function packageAbove(folder: string): string {
  if (existsSync(path.join(folder, "package.json"))) return folder;
  const above = path.dirname(folder);
  if (above === folder) throw new Error(`Expected a package.json above ${__dirname}, found none`);
  return packageAbove(above);
}

/** @throws Error if the name is not one for a kernel: it could lead out of the folder of kernels */
function folderOf(jupyter: string, name: string): string {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name))
    throw new Error(
      `Expected a name of small letters, digits, "-", "." and "_" for a kernel, a letter or digit first, found "${name}"`,
    );
  return path.join(jupyter, "kernels", name);
}

function refuseOthers(folder: string, name: string, force: boolean, advice: string): void {
  const spec = readSpec(folder);
  if (force || !existsSync(folder) || isOurs(folder, spec)) return;
  const found = spec?.display_name ?? "something else";
  throw new Error(`The kernel name "${name}" belongs to ${found} (${folder}): ${advice}`);
}

/** An entry whose kernel.json is damaged, as by a full disk, is known by the logos beside it. */
function isOurs(folder: string, spec: KernelSpec | undefined): boolean {
  if (spec) return spec.metadata?.[mark] !== undefined;
  return readdirSync(logos).every((logo) => {
    const file = path.join(folder, logo);
    return existsSync(file) && readFileSync(file).equals(readFileSync(path.join(logos, logo)));
  });
}

function readSpec(folder: string): KernelSpec | undefined {
  try {
    const spec = JSON.parse(readFileSync(path.join(folder, "kernel.json"), "utf8")) as Partial<KernelSpec>;
    const isSpec =
      Array.isArray(spec.argv) &&
      [...spec.argv, spec.display_name].every((text: unknown) => typeof text === "string");
    return isSpec ? (spec as KernelSpec) : undefined;
  } catch {
    return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Does what writes; a refusal by the system comes back in words that name the folder and a way out. */
function writable(folder: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(code ?? "")) throw error;
    throw new Error(
      `Expected to be allowed to write ${folder}, found that it is not (${message}): use --user, or --prefix with a ` +
        "folder of your own",
    );
  }
}

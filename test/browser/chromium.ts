// A Chromium to drive: the one that is installed, else Debian's, fetched by apt without being root and unpacked in
// .cache together with the libraries that the machine lacks. Where neither can be had, that is an error.

import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { oneAtATime } from "../oneAtATime";

const cache = path.resolve(__dirname, "..", "..", ".cache");
const unpacked = path.join(cache, "chromium");

export interface Chromium {
  readonly executable: string;
  readonly env: Record<string, string>;
}

/** @throws Error with the reason why there is no Chromium and none can be fetched */
export async function findChromium(): Promise<Chromium> {
  // What a browser keeps for its user has no place in the home folder.
  const env = {
    ...process.env,
    XDG_CONFIG_HOME: path.join(cache, "browser"),
    XDG_CACHE_HOME: path.join(cache, "browser"),
  };
  const installed = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    .map(onPath)
    .find(Boolean);
  if (installed) return { executable: installed, env: env as Record<string, string> };
  if (!existsSync(unpacked)) await oneAtATime("chromium", () => existsSync(unpacked) || fetchChromium());
  const root = path.join(unpacked, "root");
  return {
    executable: path.join(root, "usr", "lib", "chromium", "chromium"),
    env: {
      ...(env as Record<string, string>),
      LD_LIBRARY_PATH: libraryFolders(root).join(":"),
      FONTCONFIG_FILE: path.join(unpacked, "fonts.conf"),
    },
  };
}

function onPath(name: string): string | undefined {
  const files = (process.env.PATH ?? "").split(path.delimiter).map((folder) => path.join(folder, name));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function fetchChromium(): void {
  const part = `${unpacked}.part`;
  rmSync(part, { recursive: true, force: true });
  const download = path.join(part, "download");
  mkdirSync(download, { recursive: true });
  const lists = ownLists(part);
  // As in a container, whose lists are empty: fresh ones, beside what is unpacked.
  apt([...lists, "update"], part);
  const plan = apt([...lists, "--simulate", "--no-install-recommends", "install", "chromium"], part);
  const packages = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name!);
  apt([...lists, "download", ...packages], download);
  const root = path.join(part, "root");
  for (const file of readdirSync(download)) run("dpkg-deb", ["-x", path.join(download, file), root], part);
  writeFileSync(
    path.join(part, "fonts.conf"),
    `<fontconfig><dir>/usr/share/fonts</dir><dir>${path.join(unpacked, "root", "usr", "share", "fonts")}</dir>` +
      `<cachedir>${path.join(cache, "browser", "fonts")}</cachedir></fontconfig>`,
  );
  for (const folder of ["download", "lists", "archives"])
    rmSync(path.join(part, folder), { recursive: true, force: true });
  renameSync(part, unpacked);
}

/** Options that keep apt's lists and caches in our folder and its hooks, which clean the machine's, asleep. */
function ownLists(folder: string): string[] {
  for (const name of ["lists/partial", "archives/partial"])
    mkdirSync(path.join(folder, name), { recursive: true });
  const config = path.join(folder, "apt.conf");
  const hooks = ["Pre-Invoke", "Post-Invoke", "Post-Invoke-Success"];
  writeFileSync(config, hooks.map((hook) => `#clear APT::Update::${hook};\n`).join(""));
  const options = [
    `Dir::State::lists=${path.join(folder, "lists")}`,
    `Dir::Cache::archives=${path.join(folder, "archives")}`,
    "Dir::Cache::pkgcache=",
    "Dir::Cache::srcpkgcache=",
    "Acquire::Retries=1",
    "Acquire::http::Timeout=15",
    "Acquire::https::Timeout=15",
  ];
  return ["-c", config, "-qq", ...options.flatMap((option) => ["-o", option])];
}

function libraryFolders(root: string): string[] {
  const folders = ["lib", "usr/lib"].flatMap((name) => {
    const folder = path.join(root, name);
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return files
      .filter((file) => /\.so(\.|$)/.test(file))
      .map((file) => path.join(folder, path.dirname(file)));
  });
  return [...new Set(folders)];
}

const apt = (args: readonly string[], cwd: string) => run("apt-get", args, cwd);

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    timeout: 240_000,
    maxBuffer: 1 << 26,
  });
  if (status === 0) return stdout;
  const said = (stderr ?? "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("W:"))
    .slice(-5)
    .join(" ");
  throw new Error(
    `Expected Chromium on this machine, or apt-get and dpkg-deb with a mirror to fetch Debian's; found no chromium on ` +
      `the PATH, and ${program} failed: ${error?.message ?? (said || `exit status ${status}`)}. Install Chromium.`,
  );
}

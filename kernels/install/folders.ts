// Where Jupyter looks for kernels on this machine.

import { spawnSync } from "node:child_process";
import path from "node:path";

/** What decides about the folders; a test sets it. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The Python environment that set-up makes beside the package. */
  readonly projectEnvironment?: string;
}

/** Jupyter's folder of the user: `JUPYTER_DATA_DIR`, or what the platform has for it. */
export function userFolder({ platform, env, home }: Machine): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return path.join(home, "Library", "Jupyter");
  if (platform === "win32") return path.join(env.APPDATA ?? path.join(home, "AppData", "Roaming"), "jupyter");
  return path.join(env.XDG_DATA_HOME || path.join(home, ".local", "share"), "jupyter");
}

/** Jupyter's folder under the root of a Python installation or environment. */
export function prefixFolder(prefix: string): string {
  return path.join(prefix, "share", "jupyter");
}

/**
 * The root of the Python environment in use: the active virtual or Conda environment, else that of `python3`.
 * @throws Error if there is no Python
 */
export function pythonPrefix({ platform, env }: Machine): string {
  const active = env.VIRTUAL_ENV || env.CONDA_PREFIX;
  if (active) return active;
  for (const program of platform === "win32" ? ["python", "py"] : ["python3", "python"]) {
    const { status, stdout } = spawnSync(program, ["-c", "import sys; print(sys.prefix)"], {
      encoding: "utf8",
    });
    if (status === 0) return stdout.trim();
  }
  throw new Error(
    "Expected an active Python environment or a python3 on the PATH for --sys-prefix, found neither: activate " +
      "Jupyter's environment, or name its folder by --prefix",
  );
}

/** Every folder in which Jupyter may look for kernels, in the order in which it does. */
export function searchedFolders(machine: Machine): string[] {
  const { platform, env } = machine;
  const environments = [env.VIRTUAL_ENV, env.CONDA_PREFIX, machine.projectEnvironment].flatMap((prefix) =>
    prefix ? [prefixFolder(prefix)] : [],
  );
  const system =
    platform === "win32"
      ? [path.join(env.PROGRAMDATA ?? "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  const extra = (env.JUPYTER_PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return [...new Set([...extra, ...environments, userFolder(machine), ...system])];
}

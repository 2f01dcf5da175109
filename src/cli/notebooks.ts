// A figure's notebook through the kernel, by the same script as `npm start`.
import { spawn } from "node:child_process";
import { access, readdir } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.resolve(__dirname, "..", "..");

/** Where the notebook of a figure is. */
export const figureNotebook = (name: string): string =>
  path.join(root, "notebooks", "figures", `${name}.ipynb`);

/**
 * Executes notebooks/figures/NAME.ipynb.
 * @param parameters of its parameters cell
 * @param save also puts its outputs into that file
 * @returns the executed notebook
 * @throws where there is no such notebook, or a cell fails
 */
export async function executeNotebook(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  out: string,
  save: boolean,
): Promise<string> {
  const source = figureNotebook(name);
  const exists = await access(source).then(
    () => true,
    () => false,
  );
  if (!exists) {
    const files = await readdir(path.dirname(source)).catch(() => []);
    const names = files
      .filter((file) => file.endsWith(".ipynb"))
      .map((file) => path.basename(file, ".ipynb"));
    throw new Error(
      `Expected a notebook ${path.relative(process.cwd(), source)}, found none. There are ${names.join(", ")}.`,
    );
  }
  const python = path.join(root, ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const script = path.join(root, "src", "setup", "python", "run_notebooks.py");
  const folder = path.resolve(out);
  const args = ["--root", root, "--out", folder, "--parameters", JSON.stringify(parameters)];
  const environment = pathToFileURL(path.join(root, "src", "setup", "jupyterEnvironment.mjs")).href;
  const { jupyterEnvironment } = (await import(environment)) as { jupyterEnvironment: NodeJS.ProcessEnv };
  const child = spawn(python, [script, ...args, ...(save ? ["--save"] : []), source], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...jupyterEnvironment },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) =>
      reject(new Error(`Expected Python at ${python}, found a fault (${error.message}). Run: npm run setup`)),
    );
    child.once("exit", resolve);
  });
  if (code !== 0) throw new Error(`The notebook ${name} did not finish; what is wrong stands above.`);
  return path.join(folder, "figures", `${name}.ipynb`);
}

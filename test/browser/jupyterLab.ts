// A JupyterLab on a folder of its own, ended with the test.

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = path.resolve(__dirname, "..", "..");

export class JupyterLab {
  readonly #server: ChildProcess;
  /** Address of the page, token included. */
  readonly url: (notebook: string) => string;

  private constructor(server: ChildProcess, url: (notebook: string) => string) {
    this.#server = server;
    this.url = url;
  }

  /** @param folder - its files are the ones the page shows; settings and runtime files go into `.jupyter` there */
  static async start(folder: string): Promise<JupyterLab> {
    const own = path.join(folder, ".jupyter");
    const settings = path.join(own, "settings", "@jupyterlab", "notebook-extension");
    mkdirSync(settings, { recursive: true });
    // All cells are in the page, not only those that would be seen.
    writeFileSync(path.join(settings, "tracker.jupyterlab-settings"), '{"windowingMode": "none"}');
    const lab = path.join(own, "config", "labconfig");
    mkdirSync(lab, { recursive: true });
    const news = { disabledExtensions: { "@jupyterlab/apputils-extension:announcements": true } };
    writeFileSync(path.join(lab, "page_config.json"), JSON.stringify(news));
    const token = randomBytes(16).toString("hex");
    const args = [
      "-m",
      "jupyterlab",
      "--no-browser",
      "--allow-root",
      "--ServerApp.port=0",
      `--ServerApp.root_dir=${folder}`,
      `--IdentityProvider.token=${token}`,
    ];
    const runtime = path.join(own, "runtime");
    const server = spawn(path.join(root, ".venv", "bin", "python"), args, {
      cwd: folder,
      env: {
        ...process.env,
        JUPYTER_CONFIG_DIR: path.join(own, "config"),
        JUPYTER_RUNTIME_DIR: runtime,
        JUPYTERLAB_SETTINGS_DIR: path.join(own, "settings"),
        JUPYTERLAB_WORKSPACES_DIR: path.join(own, "workspaces"),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [server.stdout, server.stderr]) stream.on("data", (text) => (said += text));
    const address = await addressOf(server, runtime, () => said);
    return new JupyterLab(server, (notebook) => `${address}lab/tree/${notebook}?token=${token}`);
  }

  /** Ends it with its kernels. */
  async stop(): Promise<void> {
    if (this.#server.exitCode !== null) return;
    this.#server.kill("SIGTERM");
    const ended = await Promise.race([once(this.#server, "exit"), sleep(10_000)]);
    if (ended === undefined) this.#server.kill("SIGKILL");
  }
}

/** The port is the system's choice; the server writes it into a file. */
async function addressOf(server: ChildProcess, runtime: string, said: () => string): Promise<string> {
  for (let tries = 0; tries < 600 && server.exitCode === null; tries++) {
    const file =
      existsSync(runtime) && readdirSync(runtime).find((name) => /^jpserver-\d+\.json$/.test(name));
    const text = file ? readFileSync(path.join(runtime, file), "utf8") : "";
    // The file may be there before what it says.
    if (text.trimEnd().endsWith("}")) return (JSON.parse(text) as { url: string }).url;
    await sleep(100);
  }
  throw new Error(`Expected JupyterLab to start within a minute, found that it did not:\n${said()}`);
}

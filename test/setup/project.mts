// A project in miniature: the set-up scripts in a folder of their own, so that they find and write nothing of this project.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { outsideProject } from "../outsideProject.js";

const scripts = path.resolve(import.meta.dirname, "..", "..", "src", "setup");

export class Project {
  private readonly folder = realpathSync(mkdtempSync(path.join(outsideProject, "project-")));
  readonly root: string;

  /** @param below where the project lies in its temporary folder: that of a package, say */
  constructor(...below: string[]) {
    this.root = path.join(this.folder, ...below);
    cpSync(scripts, path.join(this.root, "src", "setup"), { recursive: true });
  }

  /** A path in the temporary folder that the project lies in. */
  around(...parts: string[]): string {
    return path.join(this.folder, ...parts);
  }

  /** Writes a file of the project. */
  write(name: string, content: string | object): void {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }

  /** Writes a program into a folder `bin`, and gives its path. */
  program(name: string, script: string): string {
    const file = this.around("bin", name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  }

  /**
   * What an expression gives in a process of its own, as data.
   * @param module name of the script whose exports the expression sees
   */
  // biome-ignore lint/suspicious/noExplicitAny: any data
  evaluate(module: string, expression: string, env: NodeJS.ProcessEnv = {}): any {
    const from = JSON.stringify(path.join(this.root, "src", "setup", module));
    const text = `import * as all from ${from}; console.log(JSON.stringify(await (async (all) => (${expression}))(all)) ?? "null");`;
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", text], {
      encoding: "utf8",
      timeout: 60_000,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: `${this.around("bin")}${path.delimiter}${process.env.PATH}`, ...env },
    });
    return JSON.parse(printed);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// The command line of the kernel: `install`, `uninstall`, `list`. Run as `npx igds kernel ...`, or by itself.

import { homedir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Machine, prefixFolder, pythonPrefix, searchedFolders, userFolder } from "./folders";
import { installedIn, installKernel, packageFolder, uninstallKernel } from "./kernelspec";

const help = `Usage: igds kernel install|uninstall|list [options]

install    make the kernel known to Jupyter
uninstall  take it out again
list       say where it is installed

Where (install and uninstall):
  --user           Jupyter's folder of the user (default; JUPYTER_DATA_DIR if that is set)
  --sys-prefix     the active Python environment, or that of python3
  --prefix DIR     another environment or installation of Python
Options:
  --name NAME            name for notebooks and commands (default: igds)
  --display-name TEXT    name that Jupyter shows (default: TypeScript (IGDS))
  --force                even if the name belongs to another kernel
  --json                 list as JSON
  -h, --help             this text
`;

const options = {
  user: { type: "boolean" },
  "sys-prefix": { type: "boolean" },
  prefix: { type: "string" },
  name: { type: "string", default: "igds" },
  "display-name": { type: "string", default: "TypeScript (IGDS)" },
  force: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const thisMachine: Machine = {
  platform: process.platform,
  env: process.env,
  home: homedir(),
  projectEnvironment: path.join(packageFolder, ".venv"),
};

/**
 * @param args - words after `igds kernel`
 * @returns what to print
 * @throws Error with what is wrong and what to do
 */
export function run(args: readonly string[], machine: Machine = thisMachine): string {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [action, ...more] = positionals;
  if (values.help) return help;
  if (more.length > 0)
    throw new Error(`Expected options after ${action}, found "${more[0]}": see igds kernel --help`);
  switch (action) {
    case "install": {
      const { name, "display-name": displayName, force } = values;
      if (displayName.trim() === "") throw new Error("Expected a text after --display-name, found none");
      const { folder, changed } = installKernel({
        folder: chosen(values, machine),
        name,
        displayName,
        force,
      });
      return `${changed ? "Installed" : "Already installed:"} ${displayName} as ${name} in ${folder}\n${caution()}`;
    }
    case "uninstall": {
      const jupyter = chosen(values, machine);
      const removed = uninstallKernel(jupyter, values.name, values.force);
      if (removed) return `Removed ${removed}\n`;
      throw new Error(
        `Expected a kernel named ${values.name} in ${jupyter}, found none.\n${listText(machine, jupyter)}`.trimEnd(),
      );
    }
    case "list":
      return values.json ? `${JSON.stringify(list(machine), undefined, 2)}\n` : listText(machine);
    default:
      throw new Error(
        `Expected install, uninstall or list, found ${action ?? "nothing"}: see igds kernel --help`,
      );
  }
}

interface Choice {
  readonly user?: boolean | undefined;
  readonly "sys-prefix"?: boolean | undefined;
  readonly prefix?: string | undefined;
}

/** Jupyter's folder that the options name. */
function chosen({ user, "sys-prefix": system, prefix }: Choice, machine: Machine): string {
  if ([user, system, prefix !== undefined].filter(Boolean).length > 1) {
    throw new Error("Expected one of --user, --sys-prefix and --prefix, found several");
  }
  // Not the folder that the command happens to run in.
  if (prefix === "") throw new Error("Expected a folder after --prefix, found none");
  if (prefix !== undefined) return prefixFolder(path.resolve(prefix));
  return system ? prefixFolder(pythonPrefix(machine)) : userFolder(machine);
}

function list(machine: Machine) {
  return searchedFolders(machine).flatMap(installedIn);
}

function listText(machine: Machine, except?: string): string {
  const found = list(machine).filter(({ folder }) => except === undefined || !folder.startsWith(except));
  if (found.length === 0) {
    return except === undefined ? "Not installed anywhere that Jupyter looks: igds kernel install\n" : "";
  }
  const lines = found.map(({ name, folder, spec, missing }) => {
    if (!spec) return `${name}  -  ${folder}  broken: its kernel.json cannot be read`;
    const broken = missing.length > 0 ? `  broken, missing: ${missing.join(", ")}` : "";
    return `${name}  ${spec.display_name}  ${folder}${broken}`;
  });
  return `${except === undefined ? "" : "It is installed here:\n"}${lines.join("\n")}\n`;
}

/** npx keeps what it fetched only for a while. */
function caution(): string {
  return packageFolder.includes(`${path.sep}_npx${path.sep}`)
    ? "It runs from npx's cache, which npm may empty: `npm install -g igds` first gives it a place of its own.\n"
    : "";
}

if (require.main === module) {
  try {
    process.stdout.write(run(process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`igds kernel: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

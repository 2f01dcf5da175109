// `npm start`: set-up, every notebook through the kernel, one page with what they show.

import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { entry } from "./entry.mjs";
import { jupyterEnvironment } from "./jupyterEnvironment.mjs";
import { inRoot, requirements, root, venvPython } from "./paths.mjs";
import { runToEnd } from "./processes.mjs";
import { setup } from "./setup.mjs";

const help = `Sets the project up, executes its notebooks and writes out/report/index.html and, beside it, the playground.

  npm start -- [options]

  --only TEXT        only the notebooks whose path below notebooks/ contains TEXT, those of notebooks/explore/ too
  --force            run notebooks again that are finished and unchanged
  --save             also keep the outputs in the notebooks themselves
  --profile NAME     quick (default: minutes on two cores) or full (all repeats)
  -p NAME=VALUE      another parameter, such as -p seed=1; with --only, as notebooks refuse what they do not have
  --help             this text

A run that was broken off goes on with the notebook it had reached.
`;

await entry(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      force: { type: "boolean", default: false },
      save: { type: "boolean", default: false },
      profile: { type: "string", default: "quick" },
      parameter: { type: "string", short: "p", multiple: true, default: [] },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (values.profile !== "quick" && values.profile !== "full") {
    throw new Error(`Expected --profile quick or --profile full, found "${values.profile}"`);
  }
  const { typeErrors } = await setup();
  if (typeErrors) throw typeErrors;

  const notebooks = inRoot("out", "notebooks");
  const ran = await runNotebooks(values, notebooks);
  if (ran > 1) return ran;
  // Before the report, which links to it where it is there.
  const played = await igds("playground", "--out", inRoot("out", "report", "playground.html"));
  const reported = await writeReport(notebooks);
  return ran || played || reported;
});

/**
 * @param {{only: string, force: boolean, save: boolean, profile: string, parameter: string[]}} options
 * @param {string} out
 * @returns {Promise<number>} exit code
 */
async function runNotebooks({ only, force, save, profile, parameter }, out) {
  const folders = ["tutorials", "figures", ...(only ? ["explore"] : [])]
    .map((name) => inRoot("notebooks", name))
    .filter((f) => existsSync(f));
  const given = [`profile=${profile}`, ...parameter].flatMap((text) => ["-p", text]);
  const args = ["--root", root, "--out", out, "--only", only, ...given];
  const script = path.join(requirements, "run_notebooks.py");
  const flags = [...(force ? ["--force"] : []), ...(save ? ["--save"] : [])];
  const { code } = await runToEnd(venvPython, [script, ...args, ...flags, ...folders], {
    env: jupyterEnvironment,
    show: true,
  });
  return code ?? 1;
}

/**
 * @param {string} from
 * @returns {Promise<number>} exit code
 */
async function writeReport(from) {
  const report = inRoot("out", "report", "index.html");
  const code = await igds("figures", "--from", from, "--report", report);
  if (code === 0) console.log(`The report: ${path.relative(process.cwd(), report)}`);
  return code;
}

/**
 * Runs the built command line.
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
async function igds(...args) {
  const command = inRoot("dist", "cli", "main.js");
  if (!existsSync(command))
    throw new Error(`Expected ${path.relative(root, command)} after the build, found no such file`);
  const { code } = await runToEnd(process.execPath, [command, ...args], { show: true });
  return code ?? 1;
}

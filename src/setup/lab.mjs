// `npm run lab -- [options of JupyterLab]`: set-up, then JupyterLab on the project's notebooks.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { entry } from "./entry.mjs";
import { jupyterEnvironment } from "./jupyterEnvironment.mjs";
import { root, venvPython } from "./paths.mjs";
import { runToEnd } from "./processes.mjs";
import { setup } from "./setup.mjs";

await entry(async () => {
  const { typeErrors } = await setup();
  if (typeErrors)
    console.error(
      `${typeErrors.message}\nThe kernel runs all the same, with the code as it was written out.`,
    );
  const ours = [`--ServerApp.root_dir=${root}`, "--MappingKernelManager.default_kernel_name=igds"];
  withoutNews();
  const { code } = await runToEnd(venvPython, ["-m", "jupyterlab", ...ours, ...process.argv.slice(2)], {
    env: jupyterEnvironment,
    show: true,
  });
  return code ?? 1;
});

/** JupyterLab asks nobody outside, and so need not ask whether it may. */
function withoutNews() {
  const folder = path.join(String(jupyterEnvironment.JUPYTER_CONFIG_DIR), "labconfig");
  mkdirSync(folder, { recursive: true });
  const disabledExtensions = { "@jupyterlab/apputils-extension:announcements": true };
  writeFileSync(path.join(folder, "page_config.json"), JSON.stringify({ disabledExtensions }));
}

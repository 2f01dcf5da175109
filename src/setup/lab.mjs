// `npm run lab -- [options of JupyterLab]`: set-up, then JupyterLab on the project's notebooks.

import { jupyterEnvironment } from "./jupyterEnvironment.mjs";
import { root, venvPython } from "./paths.mjs";
import { runToEnd } from "./processes.mjs";
import { entry, setup } from "./setup.mjs";

await entry(async () => {
  const { typeErrors } = await setup();
  if (typeErrors)
    console.error(
      `${typeErrors.message}\nThe kernel runs all the same, with the code as it was written out.`,
    );
  const ours = [
    `--ServerApp.root_dir=${root}`,
    "--MappingKernelManager.default_kernel_name=igds",
    // No question to the outside at start.
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
  ];
  const { code } = await runToEnd(venvPython, ["-m", "jupyterlab", ...ours, ...process.argv.slice(2)], {
    env: jupyterEnvironment,
    show: true,
  });
  return code ?? 1;
});

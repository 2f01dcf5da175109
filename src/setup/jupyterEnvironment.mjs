// Everything that Jupyter, its kernel and the libraries under it would write into the home folder goes to .cache/ instead.

import path from "node:path";
import { cache } from "./paths.mjs";

/** @type {NodeJS.ProcessEnv} */
export const jupyterEnvironment = {
  JUPYTER_CONFIG_DIR: path.join(cache, "jupyter", "config"),
  JUPYTER_DATA_DIR: path.join(cache, "jupyter", "data"),
  JUPYTER_RUNTIME_DIR: path.join(cache, "jupyter", "runtime"),
  IPYTHONDIR: path.join(cache, "ipython"),
  MPLCONFIGDIR: path.join(cache, "matplotlib"),
  // What was run in cells is the user's own affair: a file of their choice stays the one.
  IGDS_KERNEL_HISTORY: process.env.IGDS_KERNEL_HISTORY || path.join(cache, "kernel-history.jsonl"),
  PYTHONNOUSERSITE: "1",
  PYTHONPATH: undefined,
  PYTHONHOME: undefined,
};

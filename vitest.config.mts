import { defineConfig } from "vitest/config";
import { jupyterEnvironment } from "./src/setup/jupyterEnvironment.mjs";

// Tests that start Jupyter write into .cache/, not into the home folder.
const folders = Object.fromEntries(
  Object.entries(jupyterEnvironment).filter(([, value]) => value !== undefined),
);

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.mts"],
    // The native addon keeps state in its process and cannot be loaded into worker threads.
    pool: "forks",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: { ...folders, TF_CPP_MIN_LOG_LEVEL: "2" },
  },
});

import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { jupyterEnvironment } from "./src/setup/jupyterEnvironment.mjs";

// Tests that start Jupyter write into .cache/, not into the home folder.
const folders = Object.fromEntries(
  Object.entries(jupyterEnvironment).filter(([, value]) => value !== undefined),
);

/** Tests of kernels, browsers and killed processes have clocks of their own in them: one file at a time. */
const clocked = ["kernels/**/*", "browser/*", "queue/*", "faults/*", "notebooks/stepper"].map(
  (files) => `test/${files}.test.{ts,mts}`,
);

export default defineConfig({
  test: {
    // The native addon keeps state in its process and cannot be loaded into worker threads.
    pool: "forks",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    env: { ...folders, TF_CPP_MIN_LOG_LEVEL: "2" },
    projects: [
      {
        extends: true,
        test: {
          name: "side by side",
          include: ["test/**/*.test.{ts,mts}"],
          exclude: clocked,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "one at a time",
          include: clocked,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

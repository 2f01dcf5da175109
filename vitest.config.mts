import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { jupyterEnvironment } from "./src/setup/jupyterEnvironment.mjs";

// Tests that start Jupyter write into .cache/, not into the home folder.
const folders = Object.fromEntries(
  Object.entries(jupyterEnvironment).filter(([, value]) => value !== undefined),
);

const named = (...files: string[]) => files.map((name) => `test/${name}.test.{ts,mts}`);

/** Tests with clocks of their own in them, of kernels, browsers and queues: one file at a time. */
const clocked = named(
  "kernels/*",
  "kernels/io/*",
  "kernels/wire/{lifecycle,protocol}",
  "browser/{notebook,playground,stepper,tutorial}",
  "queue/{cells,queue,rows,told,worker}",
);

/**
 * Many short files that compute and leave nothing behind: several in one process, which loads the engine once. What counts
 * tensors or memory, or changes the process, is not among them.
 */
const together = named("{guidance,nn,plot}/*", "information/!(memory)");

/** From the longest on: one that begins last would have a worker to itself at the end. */
const longest = [
  "notebooks/tutorials",
  "examples",
  "distill/distiller",
  "docs/code",
  "notebooks/figures",
  "distill/memory",
  "experiment/grid",
  "faults/kills",
  "cli/commands",
  "package/package",
  "distill/beta",
  "distill/methods",
  "experiment/paper",
  "notebooks/runNotebooks",
  "distill/taught",
  "evaluate/audit",
  "faults/damage",
  "distill/shippedDenoisers",
  "notebooks/committed",
  "distill/distill",
  "distill/latent",
];

/** Long files first; of the others, Vitest knows from earlier runs, and in a fresh clone by their size alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return found < 0 ? longest.length : found;
    };
    const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    return (await super.sort(files)).sort((a, b) => group(a) - group(b) || place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    // The native addon keeps state in its process and cannot be loaded into worker threads.
    pool: "forks",
    globalSetup: "test/setup/staleBuild.mts",
    // Many compute for half a minute, more on a busy machine; what hangs is found all the same.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    env: { ...folders, TF_CPP_MIN_LOG_LEVEL: "2" },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "side by side",
          include: named("**/*"),
          exclude: [...clocked, ...together],
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "several in a process",
          include: together,
          isolate: false,
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

// Many tests run the built program: before and after all tests it is said where that is not what src/ and kernels/ hold now.
import type { TestProject } from "vitest/node";
import { isBuilt } from "../../src/setup/build.mjs";

function say(): void {
  if (!isBuilt())
    console.warn(
      "dist/ is not built of the present sources, or with type errors: tests of the command line, the kernel, the queue and " +
        "notebooks run what is there. Run npm run build.",
    );
}

export default function setup(project: TestProject): (() => void) | undefined {
  // Each project has it too.
  if (!project.isRootProject()) return undefined;
  say();
  return say;
}

// A process of its own that works at a small grid: run.ts RESULTS SETS [METHOD]. Tests start and kill it.
import type { Grid } from "../../src/experiment/cell";
import { cellsOf, plainVariant } from "../../src/experiment/cell";
import { Models } from "../../src/experiment/models";
import { runCells } from "../../src/experiment/runCells";

/** Few images, few steps: seconds for all of it. */
export const small: Grid = {
  variants: [
    plainVariant("random"),
    { name: "diffusion", options: { method: "diffusion", steps: 2 } },
    { name: "igds, beta 1", options: { method: "igds", steps: 2, beta: 1 } },
  ],
  ipcs: [2],
  seeds: [0, 1],
  trainings: [0],
  protocol: "mlp",
  steps: 4,
};

if (require.main === module) {
  const [file, sets, only] = process.argv.slice(2);
  const cells = cellsOf(small).filter(({ variant }) => variant.name === (only ?? variant.name));
  const models = new Models();
  runCells(cells, models, {
    file,
    sets,
    onProgress: ({ done, remark }) => console.log(done, remark),
  })
    .then(() => models.dispose())
    .catch((error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
}

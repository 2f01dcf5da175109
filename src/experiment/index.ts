// What `igds.experiment` has: the grids behind the figures, and their results.
export { type BoundsRow, boundsExperiment } from "./boundsExperiment";
export type { Cell, Scoring, Variant } from "./cell";
export {
  type ExperimentOptions,
  type ExperimentSet,
  experimentDataset,
  experimentSets,
  measureExperiment,
  runExperiment,
} from "./experiment";
export { experimentNames, quickOrFull } from "./experiments";
export type { Measure } from "./measureCells";
export type { ModelsOptions } from "./models";
export { differenceOf, meansOf, provenance, type QuantityPoint } from "./points";
export { type Keyed, type Row, readResults } from "./results";
export type { GridEvent } from "./runCells";
export { type Contrast, contrasts, type Summary, summarise } from "./summary";
export { readTuning, type Tuning } from "./tuned";

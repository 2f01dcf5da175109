// The public door. What a cell uses every day stands right behind it; everything else is in the drawer of its folder:
// `igds.guidance.mixture` is what src/guidance/ exports as `mixture`.
export * as datasets from "./datasets";
export type { Dataset } from "./datasets/dataset";
export { folderDataset } from "./datasets/folderDataset";
export { loadDataset } from "./datasets/load";
export * as diffusion from "./diffusion";
export { Run } from "./diffusion/run";
export { sample } from "./diffusion/sample";
export type { StepRecord } from "./diffusion/stepRecord";
export * from "./distill";
export * as evaluate from "./evaluate";
export { type Audit, auditSet } from "./evaluate/audit";
export { type Evaluation, evaluateSet } from "./evaluate/evaluateSet";
export type { LabelledSet } from "./evaluate/labelledSet";
export * as exchange from "./exchange";
export * as experiment from "./experiment";
export * as guidance from "./guidance";
export * as information from "./information";
export * as nn from "./nn";
export * from "./notebook";
export * as plot from "./plot";
export * as tensor from "./tensor";
export type { ImageBatch } from "./tensor/batch";
export {
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tf,
} from "./tensor/engine";
export type { ProgressEvent } from "./tensor/progress";
export { Seed, type SeedLike } from "./tensor/random";

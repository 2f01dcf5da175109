// What `igds` has of this folder, which is all: models to distill from, whole sets, beta(IPC).
export { type BetaPoint, type BetaSearch, type BetaSearchOptions, betaOfIpc } from "./beta";
export { betaCurve, explainBeta, type FoundBeta, type PilotOptions } from "./betaPilot";
export type { ClassKnowledge, LevelTemperature } from "./classContext";
export { type DistilledSet, type DistillOptions, distill, distillInto } from "./distill";
export { Distiller, type StartOptions } from "./distiller";
export {
  type CheckpointReference,
  type LedgerEntry,
  type Manifest,
  type ManifestImage,
  readManifest,
} from "./manifest";
export { type Method, methods, type SamplingMethod, type SelectionMethod, samplingMethods } from "./methods";
export { type OpenOptions, open } from "./open";
export { type PartName, type PartOptions, type Parts, partDefaults } from "./parts";
export {
  type GuidanceOptions,
  type GuidanceSettings,
  guidanceDefaults,
  type InformationSettings,
  type MovementSettings,
  type SamplingSettings,
  samplingDefaults,
} from "./settings";

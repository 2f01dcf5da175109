// What `igds.evaluate` has: protocols, tests between methods, and the measures of an audit one by one.
export type { AuditedSet, AuditOptions, Balance, SuspiciousLabel } from "./audit";
export type {
  ContextualAudit,
  InformationAudit,
  PrototypeAudit,
  RealInformation,
} from "./auditInformation";
export type { SetPrototypeAudit } from "./auditSetPrototype";
export type { Augmentation } from "./augment";
export { besidePublished, type MeasuredResult, type PublishedComparison } from "./besidePublished";
export { disposeIdleClassifiers } from "./classifierPool";
export type { EpochSchedule } from "./classifierTraining";
export { type Coverage, RealManifold, vendiScore } from "./coverage";
export { type CrossedMean, crossedMean } from "./crossedMean";
export { type PrincipalPlane, principalPlane } from "./embedding";
export type { EvaluateOptions, EvaluationEvent } from "./evaluateSet";
export { EvaluationStates, type EvaluationStatesOptions } from "./evaluationStates";
export { frechetDistance, type Gaussian, gaussianOf } from "./frechet";
export { holm } from "./holm";
export { type LinearFit, linearFit, type Slope } from "./linearFit";
export type { Copies, NearestImage } from "./nearCopies";
export { type EvaluationOverSeeds, evaluateSets, type OverSeeds, overSeeds } from "./overSeeds";
export { type OfSet, type PairedTest, pairedTest } from "./pairedTest";
export type { Treatment } from "./photographs";
export { type Protocol, type ProtocolName, protocolDefaults, protocols } from "./protocols";
export { type PublishedFilter, type PublishedResult, publishedResults } from "./published";
export { type Ranking, type RankOptions, rankSet } from "./rankSet";
export {
  loadReferenceClassifier,
  type ReferenceClassifier,
  type ReferenceClassifierOptions,
  trainReferenceClassifier,
} from "./referenceClassifier";
export {
  type AugmentationAccuracies,
  augmentationRobustScore,
  type LabelAccuracies,
  labelRobustScore,
} from "./robustScores";
export { type MeanInterval, meanInterval, pairedDifference } from "./statistics";
export type { Teacher } from "./trainOnSet";

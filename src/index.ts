// The public door: everything that a notebook cell or another program uses.

export { gather, gatherLabels, type IndexBatch } from "./datasets/batches";
export { type ClassListReport, checkClassList } from "./datasets/checkClassList";
export {
  type CheckOptions,
  checkDataset,
  type DatasetCheck,
  type DatasetReport,
} from "./datasets/checkDataset";
export { type ClassListName, classList, type ImageNetClass } from "./datasets/classLists";
export type { Dataset, Labels, LoadOptions, ProgressEvent, Split } from "./datasets/dataset";
export { developmentSplit } from "./datasets/development";
export { type FolderDatasetOptions, folderDataset } from "./datasets/folderDataset";
export type { CountsLike } from "./datasets/imageCounts";
export {
  type EncodedImage,
  type FolderImages,
  type ImageFolderTarget,
  readImageFolder,
  type WrittenImage,
  writeImages,
} from "./datasets/imageFolder";
export type { ImageBlocks, ImageList, ListedDataset } from "./datasets/imageList";
export { cacheLatents, type LatentCacheOptions, type Latents } from "./datasets/latentCache";
export { listDataset, loadDataset } from "./datasets/load";
export {
  type Procedural,
  type ProceduralComponent,
  type ProceduralSample,
  type ProceduralSettings,
  procedural,
  proceduralDataset,
} from "./datasets/procedural";
export { type StreamedBatch, type StreamOptions, streamBatches } from "./datasets/stream";
export { Autoencoder, loadAutoencoder } from "./diffusion/autoencoder";
export type { ClassEmbedding } from "./diffusion/classEmbedding";
export { type Condition, Denoiser, type WeightOrigin } from "./diffusion/denoiser";
export { type FinetuneMinimaxOptions, finetuneMinimax } from "./diffusion/finetuneMinimax";
export { evaluations, type GuidanceAtSteps } from "./diffusion/guidanceInterval";
export { type LatentOptions, latentDataset } from "./diffusion/latentDataset";
export type { LatentDataset } from "./diffusion/latents";
export { loadDenoiser } from "./diffusion/loadDenoiser";
export { type Parity, type ParityCheck, parity } from "./diffusion/parity/parity";
export { type Prediction, predicting } from "./diffusion/prediction";
export { type PublishedOptions, publishedDenoiser } from "./diffusion/publishedDenoiser";
export { type ForkOptions, Run, type RunPlan } from "./diffusion/run";
export {
  type ConditionNoise,
  type Guide,
  type GuideInput,
  type GuideOutput,
  noiseLevel,
  type SampleOptions,
  type StepStart,
  sample,
  steps,
} from "./diffusion/sample";
export {
  ddim,
  ddpm,
  dpmSolver,
  type EarlierStep,
  heun,
  type Sampler,
  type SamplerName,
  type StepInput,
} from "./diffusion/samplers";
export { alphaBar, betas, T, timeSteps } from "./diffusion/schedule";
export { selectClasses } from "./diffusion/selectClasses";
export type { BoundRecord, StepRecord, TermRecord, WorthRecord } from "./diffusion/stepRecord";
export { type TrainClassifierOptions, trainClassifier } from "./diffusion/trainClassifier";
export { type TrainDenoiserOptions, trainDenoiser } from "./diffusion/trainDenoiser";
export { type BetaPoint, type BetaSearch, type BetaSearchOptions, betaOfIpc } from "./distill/beta";
export { betaCurve, explainBeta, type FoundBeta, type PilotOptions } from "./distill/betaPilot";
export type { ClassKnowledge, LevelTemperature } from "./distill/classContext";
export { type DistilledSet, type DistillOptions, distill, distillInto } from "./distill/distill";
export { Distiller, type StartOptions } from "./distill/distiller";
export {
  type CheckpointReference,
  type LedgerEntry,
  type Manifest,
  type ManifestImage,
  readManifest,
} from "./distill/manifest";
export {
  type Method,
  methods,
  type SamplingMethod,
  type SelectionMethod,
  samplingMethods,
} from "./distill/methods";
export { type OpenOptions, open } from "./distill/open";
export { type PartName, type PartOptions, type Parts, partDefaults } from "./distill/parts";
export {
  type GuidanceOptions,
  type GuidanceSettings,
  guidanceDefaults,
  type InformationSettings,
  type MovementSettings,
  type SamplingSettings,
  samplingDefaults,
} from "./distill/settings";
export type { FinishedShard, ShardMaker, ShardRequest } from "./distill/shardMaker";
export type { SetOptions } from "./distill/shards";
export {
  type Audit,
  type AuditedSet,
  type AuditOptions,
  auditSet,
  type Balance,
  type SuspiciousLabel,
} from "./evaluate/audit";
export type {
  ContextualAudit,
  InformationAudit,
  Judge,
  PrototypeAudit,
  RealInformation,
} from "./evaluate/auditInformation";
export type { SetPrototypeAudit } from "./evaluate/auditSetPrototype";
export type { Augmentation } from "./evaluate/augment";
export { besidePublished, type MeasuredResult, type PublishedComparison } from "./evaluate/besidePublished";
export type { EpochSchedule } from "./evaluate/classifierTraining";
export { type Coverage, RealManifold, vendiScore } from "./evaluate/coverage";
export { type PrincipalPlane, principalPlane } from "./evaluate/embedding";
export {
  type EvaluateOptions,
  type Evaluation,
  type EvaluationEvent,
  evaluateSet,
} from "./evaluate/evaluateSet";
export { EvaluationStates, type EvaluationStatesOptions } from "./evaluate/evaluationStates";
export { frechetDistance, type Gaussian, gaussianOf } from "./evaluate/frechet";
export type { LabelledSet } from "./evaluate/labelledSet";
export { type LinearFit, linearFit, type Slope } from "./evaluate/linearFit";
export type { Copies, NearestImage } from "./evaluate/nearCopies";
export { type EvaluationOverSeeds, evaluateSets, type OverSeeds, overSeeds } from "./evaluate/overSeeds";
export { type PairedTest, pairedTest } from "./evaluate/pairedTest";
export type { Treatment } from "./evaluate/photographs";
export { type Protocol, type ProtocolName, protocolDefaults, protocols } from "./evaluate/protocols";
export { type PublishedFilter, type PublishedResult, publishedResults } from "./evaluate/published";
export { type Ranking, type RankOptions, rankSet } from "./evaluate/rankSet";
export {
  loadReferenceClassifier,
  type ReferenceClassifier,
  type ReferenceClassifierOptions,
  trainReferenceClassifier,
} from "./evaluate/referenceClassifier";
export {
  type AugmentationAccuracies,
  augmentationRobustScore,
  type LabelAccuracies,
  labelRobustScore,
} from "./evaluate/robustScores";
export { type MeanInterval, meanInterval, pairedDifference } from "./evaluate/statistics";
export type { Teacher } from "./evaluate/trainOnSet";
export { type ExportOptions, exportSet, type LabelledBatch } from "./exchange/exportSet";
export { type ImportOptions, type ImportTarget, importSet } from "./exchange/importSet";
export type { ExchangedSet, Layout, Standard } from "./exchange/layouts";
export { type BoundsRow, boundsExperiment } from "./experiment/boundsExperiment";
export type { Cell as ExperimentCell, Scoring, Variant } from "./experiment/cell";
export type { CellsElsewhere, CellWork, KeyedCell } from "./experiment/elsewhere";
export {
  type ExperimentOptions,
  type ExperimentSet,
  experimentDataset,
  experimentSets,
  measureExperiment,
  runExperiment,
} from "./experiment/experiment";
export { experimentNames, profileHere } from "./experiment/experiments";
export type { Measure } from "./experiment/measureCells";
export type { ModelsOptions } from "./experiment/models";
export { differenceOf, meansOf, provenance, type QuantityPoint } from "./experiment/points";
export { type Keyed, type Row as ResultRow, readResults } from "./experiment/results";
export type { GridEvent } from "./experiment/runCells";
export { type Contrast, contrasts, holm, type Summary, summarise } from "./experiment/summary";
export { readTuning, type Tuning } from "./experiment/tuned";
export { type CadsOptions, cads } from "./guidance/cads";
export type { Classifier } from "./guidance/classifier";
export { classMeans, cmi } from "./guidance/cmi";
export { context } from "./guidance/context";
export { deviation } from "./guidance/deviation";
export { type EvaluateTermOptions, evaluateTerm } from "./guidance/evaluateTerm";
export { type CompiledTerms, type GuideOptions, type MovementOptions, makeGuide } from "./guidance/guide";
export { influence } from "./guidance/influence";
export { mixture } from "./guidance/mixture";
export { mode } from "./guidance/mode";
export { noisedStart } from "./guidance/noisedStart";
export { particle } from "./guidance/particle";
export { prototype } from "./guidance/prototype";
export { setPrototype } from "./guidance/setPrototype";
export { type SetReference, type SetReferenceOptions, setReference } from "./guidance/setReference";
export type { GradientBy, Term, TermContext, WeightedTerm } from "./guidance/term";
export type { BoundTerms, TermGraphOptions } from "./guidance/termGraph";
export { throughDecoder } from "./guidance/throughDecoder";
export {
  type TrainingNetwork,
  type TrainingNetworkOptions,
  trainTrainingNetwork,
} from "./guidance/trainingNetwork";
export { medianBandwidth, medianBandwidthOf } from "./information/bandwidth";
export {
  type PrototypeEstimate,
  prototypeInformation,
  prototypeInformationOf,
} from "./information/barberAgakov";
export type { BoundReport, Quantity, Side } from "./information/boundReport";
export { type Calibration, fitTemperature } from "./information/calibration";
export { type CompareOptions, type Comparison, compareBounds } from "./information/compareBounds";
export {
  type ContextAssignment,
  type ContextInformation,
  type ContextNoise,
  type ContextTensors,
  contextInformation,
} from "./information/context";
export type { ContextModel } from "./information/contextModel";
export {
  type CrossFit,
  type CrossFitOptions,
  crossFitClassifier,
  type LabelledPoints,
} from "./information/crossFit";
export {
  type Estimate,
  type GaussianComponent,
  GaussianMixture,
  type MixtureSample,
  type Precision,
} from "./information/groundTruth";
export {
  mixtureEntropy,
  mixtureInformation,
  mixtureInformationOf,
  mixtureInformationPerImage,
  type Sandwich,
} from "./information/mixture";
export { denoiseMixture } from "./information/mixtureDenoiser";
export { drawMixture, type MixtureSettings } from "./information/randomMixture";
export * from "./nn";
export * from "./notebook";
export * from "./plot";
export type { LedgerAccount } from "./plot/ledger";
export { concatBatches, type ImageBatch, sliceBatch } from "./tensor/batch";
export {
  type Compiled,
  type CompiledWithState,
  type CompileOptions,
  compile,
  compileStep,
  compileWith,
  type HeldOptions,
  type Output,
  type StepResult,
  type Tensors,
} from "./tensor/compile";
export {
  type EngineInfo,
  engineInfo,
  engineReady,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tf,
} from "./tensor/engine";
export { pause } from "./tensor/pause";
export { Seed, type SeedLike } from "./tensor/random";

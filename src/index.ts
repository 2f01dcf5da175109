// The public door: everything that a notebook cell or another program uses.

export { gather, gatherLabels } from "./datasets/batches";
export { type ClassListReport, checkClassList } from "./datasets/checkClassList";
export { type CheckOptions, checkDataset, type DatasetReport } from "./datasets/checkDataset";
export { type ClassListName, classList } from "./datasets/classLists";
export type { Dataset, Split } from "./datasets/dataset";
export { developmentSplit } from "./datasets/development";
export { type FolderDatasetOptions, folderDataset } from "./datasets/folderDataset";
export { readImageFolder, writeImages } from "./datasets/imageFolder";
export type { ImageList, ListedDataset } from "./datasets/imageList";
export { cacheLatents, type LatentCacheOptions, type Latents } from "./datasets/latentCache";
export { listDataset, loadDataset } from "./datasets/load";
export { type Procedural, procedural, proceduralDataset } from "./datasets/procedural";
export { type StreamedBatch, type StreamOptions, streamBatches } from "./datasets/stream";
export { Autoencoder, loadAutoencoder } from "./diffusion/autoencoder";
export { Denoiser } from "./diffusion/denoiser";
export { finetuneMinimax } from "./diffusion/finetuneMinimax";
export { evaluations } from "./diffusion/guidanceInterval";
export { latentDataset } from "./diffusion/latentDataset";
export type { LatentDataset } from "./diffusion/latents";
export { loadDenoiser } from "./diffusion/loadDenoiser";
export { type Parity, type ParityCheck, parity } from "./diffusion/parity/parity";
export { type Prediction, predicting } from "./diffusion/prediction";
export { type PublishedOptions, publishedDenoiser } from "./diffusion/publishedDenoiser";
export { Run } from "./diffusion/run";
export { noiseLevel, type SampleOptions, sample, steps } from "./diffusion/sample";
export { ddim, ddpm, dpmSolver, heun, type Sampler } from "./diffusion/samplers";
export { alphaBar, betas, T, timeSteps } from "./diffusion/schedule";
export {
  ddimScheduler,
  ddpmScheduler,
  dpmSolverScheduler,
  eulerScheduler,
  heunScheduler,
  type NoiseSchedule,
  type Scheduler,
  type SchedulerRun,
} from "./diffusion/schedulers";
export { selectClasses } from "./diffusion/selectClasses";
export type { BoundRecord, StepRecord, TermRecord } from "./diffusion/stepRecord";
export { trainClassifier } from "./diffusion/trainClassifier";
export { trainDenoiser } from "./diffusion/trainDenoiser";
export { betaOfIpc } from "./distill/beta";
export { betaCurve, explainBeta, type FoundBeta } from "./distill/betaPilot";
export { type DistilledSet, distil, distilInto } from "./distill/distil";
export { Distiller, type StartOptions } from "./distill/distiller";
export { type Manifest, readManifest } from "./distill/manifest";
export { methods, samplingMethods } from "./distill/methods";
export { open } from "./distill/open";
export { partDefaults } from "./distill/parts";
export { guidanceDefaults, samplingDefaults } from "./distill/settings";
export { type Audit, auditSet } from "./evaluate/audit";
export { besidePublished, type MeasuredResult, type PublishedComparison } from "./evaluate/besidePublished";
export { type Coverage, RealManifold, vendiScore } from "./evaluate/coverage";
export { principalPlane } from "./evaluate/embedding";
export { type Evaluation, evaluateSet } from "./evaluate/evaluateSet";
export { EvaluationStates } from "./evaluate/evaluationStates";
export { frechetDistance, gaussianOf } from "./evaluate/frechet";
export { type LinearFit, linearFit } from "./evaluate/linearFit";
export { evaluateSets, overSeeds } from "./evaluate/overSeeds";
export { type PairedTest, pairedTest } from "./evaluate/pairedTest";
export { protocolDefaults, protocols } from "./evaluate/protocols";
export { type PublishedResult, publishedResults } from "./evaluate/published";
export { rankSet } from "./evaluate/rankSet";
export { loadReferenceClassifier, trainReferenceClassifier } from "./evaluate/referenceClassifier";
export { augmentationRobustScore, labelRobustScore } from "./evaluate/robustScores";
export { type MeanInterval, meanInterval, pairedDifference } from "./evaluate/statistics";
export type { Teacher } from "./evaluate/trainOnSet";
export { exportSet } from "./exchange/exportSet";
export { type ImportOptions, importSet } from "./exchange/importSet";
export { type Layout, layouts, type Standard } from "./exchange/layouts";
export { type BoundsRow, boundsExperiment } from "./experiment/boundsExperiment";
export {
  type ExperimentSet,
  experimentDataset,
  experimentSets,
  measureExperiment,
  runExperiment,
} from "./experiment/experiment";
export { experimentNames, profileHere } from "./experiment/experiments";
export type { Measure } from "./experiment/measureCells";
export { differenceOf, meansOf, provenance, type QuantityPoint } from "./experiment/points";
export { type Row as ResultRow, readResults } from "./experiment/results";
export { type Contrast, contrasts, holm, type Summary, summarise } from "./experiment/summary";
export { readTuning } from "./experiment/tuned";
export { cads } from "./guidance/cads";
export { classMeans, cmi } from "./guidance/cmi";
export { context } from "./guidance/context";
export { deviation } from "./guidance/deviation";
export { evaluateTerm } from "./guidance/evaluateTerm";
export { makeGuide } from "./guidance/guide";
export { influence } from "./guidance/influence";
export { mixture } from "./guidance/mixture";
export { mode } from "./guidance/mode";
export { noisedStart } from "./guidance/noisedStart";
export { particle } from "./guidance/particle";
export { prototype } from "./guidance/prototype";

export { setPrototype } from "./guidance/setPrototype";
export { setReference } from "./guidance/setReference";
export type { Term, TermContext, WeightedTerm } from "./guidance/term";
export { throughDecoder } from "./guidance/throughDecoder";
export { trainTrainingNetwork } from "./guidance/trainingNetwork";
export { medianBandwidth, medianBandwidthOf } from "./information/bandwidth";
export { prototypeInformation, prototypeInformationOf } from "./information/barberAgakov";
export type { BoundReport } from "./information/boundReport";
export { fitTemperature } from "./information/calibration";
export { type Comparison, compareBounds } from "./information/compareBounds";
export { contextInformation } from "./information/context";
export { crossFitClassifier } from "./information/crossFit";
export { GaussianMixture } from "./information/groundTruth";
export {
  mixtureEntropy,
  mixtureInformation,
  mixtureInformationOf,
  mixtureInformationPerImage,
} from "./information/mixture";
export { denoiseMixture } from "./information/mixtureDenoiser";
export { drawMixture } from "./information/randomMixture";
export { type LoadedClassifier, readClassifier } from "./nn/classifierWeights";
export { type DiTConfig, dit, ditDefaults } from "./nn/dit";
export { type LoadedDiT, readDiT } from "./nn/ditWeights";
export { dense } from "./nn/layers";
export { Parameters, type Weights } from "./nn/parameters";
export { publishedResNetOf } from "./nn/publishedResNet";
export { pixelFeatures, randomFeatures } from "./nn/randomFeatures";
export { readSafetensors, writeSafetensors } from "./nn/safetensors";
export { type TimeClassifierConfig, timeClassifier, timeClassifierDefaults } from "./nn/timeClassifier";
export { Trainer, type TrainerOptions } from "./nn/trainer";
export { type UNetConfig, unet, unetDefaults } from "./nn/unet";
export { type UNet2DConfig, unet2d, unet2dDefaults } from "./nn/unet2d";
export { type LoadedUNet2D, readUNet2D, type UNet2DOptions } from "./nn/unet2dWeights";
export { type Vae, type VaeConfig, vae, vaeDefaults } from "./nn/vae";
export { type LoadedVae, readVae } from "./nn/vaeWeights";
export {
  type OpenWeightsOptions,
  openWeights,
  type WeightEntry,
  type WeightFile,
  type WeightType,
} from "./nn/weightFile";
export * from "./notebook";
export * from "./plot";
export { concatBatches, type ImageBatch, sliceBatch } from "./tensor/batch";
export { compile, compileStep, compileWith } from "./tensor/compile";
export {
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
export { Seed } from "./tensor/random";

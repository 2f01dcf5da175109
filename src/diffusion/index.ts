// What `igds.diffusion` has: schedule, samplers, the loop, denoisers and autoencoders, and how they are trained.
export { Autoencoder, loadAutoencoder } from "./autoencoder";
export type { ClassEmbedding } from "./classEmbedding";
export type { Condition } from "./condition";
export { Denoiser } from "./denoiser";
export { type FinetuneMinimaxOptions, finetuneMinimax } from "./finetuneMinimax";
export { evaluations, type GuidanceAtSteps } from "./guidanceInterval";
export { type LatentOptions, latentDataset } from "./latentDataset";
export type { LatentDataset } from "./latents";
export { loadDenoiser } from "./loadDenoiser";
export { type Parity, type ParityCheck, parity } from "./parity/parity";
export { type Prediction, predicting } from "./prediction";
export { type PublishedOptions, publishedDenoiser } from "./publishedDenoiser";
export type { ForkOptions, RunPlan } from "./run";
export {
  type ConditionNoise,
  type Guide,
  type GuideInput,
  type GuideOutput,
  type SampleOptions,
  type StepStart,
  steps,
} from "./sample";
export {
  ddim,
  ddpm,
  dpmSolver,
  type EarlierStep,
  heun,
  type Sampler,
  type SamplerName,
  type StepInput,
} from "./samplers";
export { alphaBar, betas, noiseLevel, T, timeSteps } from "./schedule";
export { selectClasses } from "./selectClasses";
export type { BoundRecord, TermRecord, WorthRecord } from "./stepRecord";
export { type TrainClassifierOptions, trainClassifier } from "./trainClassifier";
export { type TrainDenoiserOptions, trainDenoiser } from "./trainDenoiser";
export type { WeightOrigin } from "./weightOrigin";

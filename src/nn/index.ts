// What `igds.nn` has: layers, networks, training, and weight files.
export type { Checkpoint, Recipe } from "./checkpoint";
export { type LoadedClassifier, readClassifier } from "./classifierWeights";
export type { ConvNetConfig } from "./convNet";
export type { DenoiserNetwork, ImageSpace } from "./denoiserNetwork";
export { type DiTConfig, dit, ditDefaults } from "./dit";
export { type LoadedDiT, readDiT } from "./ditWeights";
export type { Architecture, ImageClassifier, ImageClassifierConfig } from "./imageClassifier";
export { dense, type Layer } from "./layers";
export type { MlpConfig } from "./mlp";
export type { NormKind } from "./normalisation";
export { type Initial, type ParameterSpec, Parameters, type Weights } from "./parameters";
export { type Entrance, type PublishedResNetConfig, publishedResNetOf } from "./publishedResNet";
export { type FeatureMap, pixelFeatures, randomFeatures } from "./randomFeatures";
export type { ResNetConfig } from "./resNet";
export { readSafetensors, writeSafetensors } from "./safetensors";
export type {
  PlainTensorData,
  SafetensorsContent,
  StoredTensor,
  TensorData,
  WriteSafetensorsOptions,
} from "./safetensorsBytes";
export {
  type TimeClassifier,
  type TimeClassifierConfig,
  timeClassifier,
  timeClassifierDefaults,
} from "./timeClassifier";
export type { TorchTensors } from "./torchWeights";
export { type LossWithStatistics, type PlainTensor, Trainer, type TrainerOptions } from "./trainer";
export type { TrainingEvent } from "./trainingSteps";
export { type UNetConfig, unet, unetDefaults } from "./unet";
export { type UNet2DConfig, unet2d, unet2dDefaults } from "./unet2d";
export { type LoadedUNet2D, readUNet2D, type UNet2DOptions } from "./unet2dWeights";
export { type Vae, type VaeConfig, vae, vaeDefaults } from "./vae";
export { type LoadedVae, readVae } from "./vaeWeights";
export type { VitConfig } from "./vit";
export {
  type OpenWeightsOptions,
  openWeights,
  type WeightEntry,
  type WeightFile,
  type WeightType,
} from "./weightFile";

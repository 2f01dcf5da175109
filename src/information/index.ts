// What `igds.information` has: the bounds and the ground truths they are tested against.
export { medianBandwidth, medianBandwidthOf } from "./bandwidth";
export { type PrototypeEstimate, prototypeInformation, prototypeInformationOf } from "./barberAgakov";
export type { BoundReport, Quantity, Side } from "./boundReport";
export { type Calibration, fitTemperature } from "./calibration";
export { type CompareOptions, type Comparison, compareBounds } from "./compareBounds";
export {
  type ContextAssignment,
  type ContextInformation,
  type ContextNoise,
  type ContextTensors,
  contextInformation,
  contextTensors,
} from "./context";
export { type ContextModel, calibrateContext, fitContext } from "./contextModel";
export { type CrossFit, type CrossFitOptions, crossFitClassifier, type LabelledPoints } from "./crossFit";
export {
  type Estimate,
  type GaussianComponent,
  GaussianMixture,
  type MixtureSample,
  type Precision,
} from "./groundTruth";
export type { Judge } from "./judge";
export {
  mixtureEntropy,
  mixtureInformation,
  mixtureInformationOf,
  mixtureInformationPerImage,
  type Sandwich,
} from "./mixture";
export { denoiseMixture } from "./mixtureDenoiser";
export { drawMixture, type MixtureSettings } from "./randomMixture";

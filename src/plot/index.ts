// What `igds.plot` has: figures as plain Plotly specs, and pictures.
export {
  type AccuracyOptions,
  type AccuracyRow,
  accuracyOverIpc,
  type GainOptions,
  gainOverIpc,
} from "./accuracy";
export { accuracyOverEvaluations, type EvaluationsPoint } from "./accuracyOverEvaluations";
export { type AnimationOptions, denoisingAnimation, type PictureFrame } from "./animation";
export { type BoundComparisonOptions, boundComparison } from "./boundComparison";
export { type BoundsOptions, boundsOverSteps, type LabelledRun } from "./bounds";
export { type DifferenceOptions, differenceMap } from "./difference";
export type { Figure, Frame } from "./figure";
export { type GridOptions, imageGrid } from "./grid";
export { type HeatMapOptions, heatMap, type MapCurve } from "./heatMap";
export { type IntervalRow, type IntervalsOptions, intervals } from "./intervals";
export { latentPreview } from "./latentPreview";
export { type Ledger, type LedgerAccount, type LedgerFigureOptions, ledgerFigure } from "./ledger";
export { type Line, type LinePanel, type LinePoint, type LinesOptions, lines } from "./lines";
export { type LossOptions, type LossPoint, lossCurve } from "./loss";
export { type IpcPoint, type OverIpcOptions, overIpc } from "./overIpc";
export { type OverlayOptions, overlayMap } from "./overlay";
export { type Measured, type PlaneOptions, type PlanePoint, plane } from "./plane";
export { type PointAnimationOptions, type PointFrame, pointAnimation } from "./points";
export { type ScatterGroup, type ScatterOptions, scatter } from "./scatter";
export { type PictureOptions, staticPicture } from "./staticPicture";
export { filmStrip, type StripOptions, type StripRow } from "./strip";
export { axis, layout, methodColour, methodLabel, palette, seriesColours } from "./theme";

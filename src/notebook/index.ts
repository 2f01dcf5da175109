// What `igds` has of this folder, which is all: showing things in cells.
export type { LabelledImages } from "./bundle";
export { inNotebook } from "./channel";
export { type Claim, claim, type Evidence } from "./claim";
export type { Verdict } from "./claimRecord";
export { type ComparisonRow, compare, type RunComparison } from "./compare";
export { type LedgerView, ledger } from "./ledger";
export { type MemoryUse, type MemoryView, memory } from "./memory";
export { type Displayable, escapeHtml, jupyterDisplay, type MimeBundle } from "./mime";
export { type ParametersOf, type ParameterValue, parameters } from "./parameters";
export { type Progress, progress } from "./progress";
export { progressBars } from "./progressBars";
export { type ReportOptions, type ReportSummary, writeReport } from "./report";
export { seed } from "./seed";
export { clear, type DisplayHandle, type Showable, type ShowOptions, show } from "./show";
export { type Stepper, stepper } from "./stepper";
export { type TableCell, type TableOptions, type TableRow, type TableView, table } from "./table";

import "./runView";
import "./tensorView";

export { time } from "./time";
export {
  type FigureView,
  figure,
  grid,
  type HtmlView,
  html,
  markdown,
  note,
  type PictureView,
  strip,
} from "./views";
export { watchTensors } from "./watchTensors";

export { inNotebook } from "./channel";
export { type Displayable, escapeHtml, jupyterDisplay, type MimeBundle } from "./mime";
export { type ParametersOf, type ParameterValue, parameters } from "./parameters";
export { type Progress, progress } from "./progress";
export { type ReportOptions, type ReportSummary, writeReport } from "./report";
export { clear, type DisplayHandle, type Showable, type ShowOptions, show } from "./show";
export { type Cell, type TableOptions, table } from "./table";
export { time } from "./time";
export { FigureView, figure, grid, HtmlView, html, markdown, note, PictureView, strip } from "./views";

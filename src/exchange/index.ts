// What `igds.exchange` has: sets in the layouts of other code.
export { type ExportOptions, exportSet, type LabelledBatch } from "./exportSet";
export { type ImportOptions, type ImportTarget, importSet } from "./importSet";
export type { ExchangedSet, Layout, Standard } from "./layouts";

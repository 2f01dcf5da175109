// What `igds.datasets` has: readers, batches, class lists, streams and caches of images.
export { gather, gatherLabels, type IndexBatch } from "./batches";
export { type ClassListReport, checkClassList } from "./checkClassList";
export { type CheckOptions, checkDataset, type DatasetCheck, type DatasetReport } from "./checkDataset";
export { type ClassListName, classList, type ImageNetClass } from "./classLists";
export type { Labels, LoadOptions, Split } from "./dataset";
export { developmentSplit } from "./development";
export type { FolderDatasetOptions } from "./folderDataset";
export type { CountsLike } from "./imageCounts";
export {
  type EncodedImage,
  type FolderImages,
  type ImageFolderTarget,
  readImageFolder,
  type WrittenImage,
  writeImages,
} from "./imageFolder";
export type { ImageBlocks, ImageList, ListedDataset } from "./imageList";
export { cacheLatents, type LatentCacheOptions, type Latents } from "./latentCache";
export { listDataset } from "./load";
export {
  type Procedural,
  type ProceduralComponent,
  type ProceduralSample,
  type ProceduralSettings,
  procedural,
  proceduralDataset,
} from "./procedural";
export { type StreamedBatch, type StreamOptions, streamBatches } from "./stream";

// The classifier that guides, from the file of its checkpoint.
import { loadCheckpoint } from "../nn/checkpointFile";
import { type Classifier, classifierOf } from "./classifier";

/**
 * Loads a classifier written by `igds train --model classifier`.
 * @throws when the file is missing, damaged, of another kind, or not calibrated
 * @example
 * const classifier = await igds.guidance.loadClassifier(distiller.classifier.checkpoint.file);
 * const own = new igds.Distiller(dataset, denoiser, classifier);
 */
export async function loadClassifier(file: string): Promise<Classifier> {
  return classifierOf(await loadCheckpoint(file));
}

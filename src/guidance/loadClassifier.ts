// The classifier that guides, from the file of its checkpoint.
import { loadCheckpoint } from "../nn/checkpointFile";
import { type Classifier, classifierOf } from "./classifier";

/**
 * Loads a classifier written by `igds train --model classifier`.
 * @throws when the file is missing, damaged, of another kind, or not calibrated
 */
export async function loadClassifier(file: string): Promise<Classifier> {
  return classifierOf(await loadCheckpoint(file));
}

// The guiding classifier asked for clean images, t = 0: to judge images that nobody is sampling.
import { temperatureAt } from "../information/calibration";
import type { Judge } from "../information/judge";
import type { Weights } from "../nn/parameters";
import { compileWith } from "../tensor/compile";
import { type Tensor1D, type Tensor2D, type Tensor4D, tf } from "../tensor/engine";
import { rowsInChunks } from "../tensor/rowsInChunks";
import type { Classifier } from "./classifier";

/** Images at once. */
const CHUNK = 50;

/** A classifier of clean images. */
export interface CleanJudge extends Judge {
  /** Frees what it has compiled; the classifier stays. */
  dispose(): void;
}

/**
 * The guiding classifier as a judge of finished images, for `AuditOptions.guide`.
 *
 * @param classifier whose weights are copied
 * @param name what it is called in results
 * @returns of images [N, H, W, C] the logits at t = 0
 * @example
 * const guide = igds.guidance.cleanJudge(distiller.classifier, "guiding classifier");
 * const audit = await igds.auditSet(set, dataset, { reference, guide, evaluation: { protocol: "mlp" } });
 */
export function cleanJudge({ network, weights, temperatures }: Classifier, name: string): CleanJudge {
  const compiled = compileWith(
    weights,
    (w: Weights, x: Tensor4D): Tensor2D => network.apply(w, x, tf.zeros([CHUNK]) as Tensor1D),
  );
  return {
    name,
    temperature: temperatureAt(temperatures, 0),
    logits: (images) => rowsInChunks(images, CHUNK, network.config.classes, compiled),
    dispose: () => compiled.dispose(),
  };
}

// What computes here, in words that results carry.
import { availableParallelism, cpus } from "node:os";
import { engineInfo } from "../tensor/engine";

/** Such as "AMD EPYC 9R14, 2 cores, TensorFlow 2.21.0 (cpu)". */
export function machine(): string {
  const [cpu] = cpus();
  const engine = engineInfo.tensorflow ? `TensorFlow ${engineInfo.tensorflow}` : engineInfo.backend;
  const model = (cpu?.model ?? "unknown processor").replace(/\s+/g, " ").trim();
  return `${model}, ${availableParallelism()} cores, ${engine} (${engineInfo.device})`;
}

// What computes here, in words that results and notebooks carry.
import { availableParallelism, cpus, totalmem } from "node:os";
import { engineInfo } from "./engine";

/** Such as "2 x AMD EPYC 9R14, 24 GB, TensorFlow 2.21.0 on the CPU". */
export function machine(): string {
  const model = (cpus()[0]?.model ?? "unknown processor").replace(/\s+/g, " ").trim();
  return `${availableParallelism()} x ${model}, ${Math.round(totalmem() / 2 ** 30)} GB, ${engineInWords()}`;
}

/** Such as "TensorFlow 2.21.0 on the CPU". */
export function engineInWords(): string {
  const { backend, tensorflow, device, adapter } = engineInfo;
  if (backend === "tensorflow") return `TensorFlow ${tensorflow} on the ${device.toUpperCase()}`;
  return backend === "wasm" ? "WebAssembly" : `WebGPU on ${adapter ?? "an adapter not yet asked for"}`;
}

// The one place that imports @tensorflow/*. Everything else takes `tf` and the tensor types from here. Bundles for a
// browser take engine.browser.ts in its place.
//
// First choice is the native addon of tfjs-node-gpu, which set-up builds against a current TensorFlow
// (environment.md); where it does not load, the WebAssembly backend takes over: it can sample, slowly,
// but has no kernel for the gradients of convolutions and so cannot train. IGDS_BACKEND=webgpu asks for the graphics
// unit, of whichever maker (engine.webgpu.ts).
//
// Types are those of the core alone, with its chained methods, and with the global type Long that it does not ask for: those
// of the whole, which has layers too, have faults that would show in the compiler of whoever uses this library.
/// <reference types="@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops" preserve="true" />
/// <reference types="long" preserve="true" />
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import util from "node:util";
import type * as TensorFlow from "@tensorflow/tfjs-core";
import { startWebGpu } from "./engine.webgpu";
import { quietly } from "./quietly";

/** TensorFlow.js's tensor. */
export type Tensor = TensorFlow.Tensor;
/** A tensor of one number. */
export type Scalar = TensorFlow.Scalar;
/** A tensor with one axis. */
export type Tensor1D = TensorFlow.Tensor1D;
/** A tensor with two axes. */
export type Tensor2D = TensorFlow.Tensor2D;
/** A tensor with three axes. */
export type Tensor3D = TensorFlow.Tensor3D;
/** A tensor with four axes; of images [N, H, W, C]. */
export type Tensor4D = TensorFlow.Tensor4D;

/** Which engine runs, and why. */
export interface EngineInfo {
  /** `tensorflow` (native), `webgpu` or `wasm`; in a browser (engine.browser.ts) `webgpu`, `webgl` or `wasm`. */
  readonly backend: "tensorflow" | "webgpu" | "webgl" | "wasm";
  /** Version of the native TensorFlow library, null elsewhere. */
  readonly tensorflow: string | null;
  /** Where it computes. */
  readonly device: "cpu" | "gpu";
  /** Path of the loaded native addon, null elsewhere. */
  readonly addon: string | null;
  /** Name of WebGPU's adapter, in Node and once {@link engineReady} has found it; null elsewhere. */
  readonly adapter: string | null;
  /** Why the native addon does not run, null if it does. */
  readonly reason: string | null;
}

// TensorFlow's C++ side logs its start-up to standard error; warnings and errors still show.
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";

// By itself TensorFlow uses oneDNN on processors with AVX-512 alone; with AVX2 it is as much quicker.
process.env.TF_ENABLE_ONEDNN_OPTS ??= "1";

// Node 22 warns of functions that tfjs-node 4.22 calls, and Node 23 removed them (tensorflow/tfjs#8609).
const legacy = util as unknown as Record<string, (value: unknown) => boolean>;
legacy.isNullOrUndefined = (value) => value === null || value === undefined;
legacy.isArray = Array.isArray;

const load = createRequire(__filename);

function loadNative(): { tf: typeof TensorFlow; info: EngineInfo } {
  const tf = quietly(() => load("@tensorflow/tfjs-node-gpu") as typeof TensorFlow);
  const { binding, isUsingGpuDevice } = nativeBackend(tf);
  const manifest = load.resolve("@tensorflow/tfjs-node-gpu/package.json");
  const napi = (JSON.parse(readFileSync(manifest, "utf8")) as { binary: { napi_versions: number[] } }).binary
    .napi_versions;
  const addon = path.join(path.dirname(manifest), "lib", `napi-v${Math.max(...napi)}`, "tfjs_binding.node");
  return {
    tf,
    info: {
      backend: "tensorflow",
      tensorflow: binding.TF_Version,
      device: isUsingGpuDevice ? "gpu" : "cpu",
      addon,
      adapter: null,
      reason: null,
    },
  };
}

function loadWasm(reason: string): { tf: typeof TensorFlow; info: EngineInfo } {
  const tf = load("@tensorflow/tfjs") as typeof import("@tensorflow/tfjs");
  const wasm = load("@tensorflow/tfjs-backend-wasm") as { setWasmPaths(prefix: string): void };
  const manifest = load.resolve("@tensorflow/tfjs-backend-wasm/package.json");
  wasm.setWasmPaths(`${path.join(path.dirname(manifest), "dist")}${path.sep}`);
  return {
    tf,
    info: { backend: "wasm", tensorflow: null, device: "cpu", addon: null, adapter: null, reason },
  };
}

let adapter: string | null = null;

function loadWebGpu(): { tf: typeof TensorFlow; info: EngineInfo } {
  const info: EngineInfo = {
    backend: "webgpu",
    tensorflow: null,
    device: "gpu",
    addon: null,
    get adapter() {
      return adapter;
    },
    reason: "IGDS_BACKEND=webgpu was set",
  };
  return { tf: load("@tensorflow/tfjs") as typeof TensorFlow, info };
}

/** What the native backend has beyond the public type: used by `compile` alone. */
export interface NativeBackend {
  binding: NativeBinding;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: {
    get(dataId: object): {
      id: number;
      shape: number[];
      dtype: number;
      values: ArrayLike<number> | null;
    };
  };
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(metadata: NativeTensor): Tensor;
}

interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

export interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The addon's functions (node_modules/@tensorflow/tfjs-node-gpu/binding/tfjs_binding.cc). */
export interface NativeBinding {
  readonly TF_Version: string;
  readonly TF_INT32: number;
  readonly TF_ATTR_TYPE: number;
  createTensor(shape: number[], dtype: number, values: ArrayLike<number>): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(name: string, attributes: NativeAttribute[], inputs: number[], outputs: number): NativeTensor[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): NativeTensor[];
}

/** @returns the native backend, for `compile`. */
export function nativeBackend(of: typeof TensorFlow = tf): NativeBackend {
  return of.backend() as unknown as NativeBackend;
}

function choose(): { tf: typeof TensorFlow; info: EngineInfo } {
  const { IGDS_BACKEND: wanted = "" } = process.env;
  if (!["", "native", "webgpu", "wasm"].includes(wanted))
    throw new Error(`IGDS_BACKEND: expected "native", "webgpu" or "wasm", found "${wanted}".`);
  if (wanted === "webgpu") return loadWebGpu();
  if (wanted === "wasm") return loadWasm("IGDS_BACKEND=wasm was set");
  try {
    return loadNative();
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    return loadWasm(reason);
  }
}

const chosen = choose();

/** TensorFlow.js on the engine that runs here. */
export const tf: typeof TensorFlow = chosen.tf;

/** Which engine runs here, and why. */
export const engineInfo: EngineInfo = chosen.info;

let starting: Promise<void> | null = null;

/**
 * Waits until the engine can be used. Needed once before the first tensor on the `wasm` and `webgpu` backends, which
 * start asynchronously; does nothing on the native one.
 * @throws when WebGPU was asked for and its package or an adapter is missing
 * @example await igds.tensor.engineReady();
 */
export function engineReady(): Promise<void> {
  starting ??= start();
  return starting;
}

async function start(): Promise<void> {
  if (engineInfo.backend === "webgpu") adapter = await startWebGpu(tf);
  if (engineInfo.backend === "wasm") await tf.setBackend("wasm");
  await tf.ready();
}

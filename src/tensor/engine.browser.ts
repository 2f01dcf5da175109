// The engine of a browser: TensorFlow.js on WebGPU, else WebGL, else WebAssembly. It stands in for engine.ts in
// bundles for a browser; nothing else of the library differs there but how graphs run (session.browser.ts).
//
// Nothing is fetched: the WebAssembly program is part of the bundle.
import "@tensorflow/tfjs-backend-webgl";
import "@tensorflow/tfjs-backend-webgpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import wasmProgram from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm";
import * as core from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import type { EngineInfo, tf as fullTf } from "./engine";

/** Fastest first. */
export const browserBackends = ["webgpu", "webgl", "wasm"] as const;
export type BrowserBackend = (typeof browserBackends)[number];

/** TensorFlow.js without what the library does not use (layers, data). */
export const tf = core as unknown as typeof fullTf;

let running: BrowserBackend = "wasm";
let reason: string | null = "the engine has not been started";

/** Which engine runs here, and why. */
export const engineInfo: EngineInfo = {
  get backend() {
    return running;
  },
  tensorflow: null,
  get device() {
    return running === "wasm" ? "cpu" : "gpu";
  },
  addon: null,
  adapter: null,
  get reason() {
    return reason;
  },
};

export function nativeBackend(): never {
  throw new Error("A browser has no native TensorFlow.");
}

// A page that is opened from disk gets no threads; every browser of today has the vector instructions.
core.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
setWasmPaths(
  {
    "tfjs-backend-wasm.wasm": wasmProgram,
    "tfjs-backend-wasm-simd.wasm": wasmProgram,
    "tfjs-backend-wasm-threaded-simd.wasm": wasmProgram,
  },
  true,
);

/**
 * Starts the first of the given backends that computes; what was held by another one before is lost.
 * @throws with the reason for each when none does
 */
export async function startBackend(names: readonly BrowserBackend[] = browserBackends): Promise<void> {
  const reasons: string[] = [];
  for (const name of names) {
    const fault = await faultOf(name);
    if (fault === null) {
      running = name;
      reason = reasons.join("; ") || null;
      return;
    }
    reasons.push(names.length > 1 ? `${name}: ${fault}` : fault);
  }
  throw new Error(reasons.join("; "));
}

/** Starts the fastest backend that computes. */
export async function engineReady(): Promise<void> {
  await startBackend();
}

/** Why a backend does not compute; null if it does. */
async function faultOf(name: BrowserBackend): Promise<string | null> {
  try {
    if (!(await core.setBackend(name))) return "not offered here";
    await core.ready();
    const [sum] = core.tidy(() => core.sum(core.square(core.tensor1d([1, 2, 3]))).dataSync());
    return sum === 14 ? null : `computes 1 + 4 + 9 = ${sum}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

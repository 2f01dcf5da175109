// WebGPU in Node: TensorFlow.js's backend for browsers, on Dawn (the npm package `webgpu`), which is Chromium's WebGPU
// over Vulkan, Metal or Direct3D. The package is the user's to install.
import { createRequire } from "node:module";
import type * as Backend from "@tensorflow/tfjs-backend-webgpu";
import type * as TensorFlow from "@tensorflow/tfjs-core";
import { pollOf, readAtOnce } from "./readAtOnce";

/** What the package offers. */
interface Dawn {
  create(options: string[]): GPU;
  readonly globals: object;
}

/** The backend's types are those of a WebGPU of 2023. */
type Adapter = GPUAdapter & { readonly info: GPUAdapterInfo };

/** As the documentation names it. */
const PACKAGE = "webgpu@0.6.2";

/**
 * Starts the backend `webgpu` of `tf`.
 * @returns the adapter's name
 * @throws when the package or an adapter is missing, saying what to do
 */
export async function startWebGpu(tf: typeof TensorFlow): Promise<string> {
  const dawn = await loadDawn();
  const gpu = dawn.create([]);
  const adapter = (await gpu.requestAdapter({ powerPreference: "high-performance" })) as Adapter | null;
  if (!adapter)
    throw new Error(
      "IGDS_BACKEND=webgpu was set, but WebGPU finds no adapter here. It needs a graphics driver: on Linux one for " +
        "Vulkan and its loader, libvulkan.so.1 (Debian: libvulkan1, and mesa-vulkan-drivers or NVIDIA's own); " +
        "vulkaninfo --summary shows what Vulkan finds. Unset IGDS_BACKEND to use the native engine.",
    );
  Object.assign(globalThis, dawn.globals);
  const { result, poll } = pollOf(() => adapter.requestDevice(descriptorOf(adapter)));
  const device = await result;
  let fault: string | null = null;
  device.addEventListener("uncapturederror", (event) => {
    fault ??= (event as GPUUncapturedErrorEvent).error.message;
  });
  const { WebGPUBackend } = createRequire(__filename)("@tensorflow/tfjs-backend-webgpu") as typeof Backend;
  tf.registerBackend("webgpu", () => {
    const backend = withNavigator(gpu, () => new WebGPUBackend(device, adapter.info));
    readAtOnce(backend, tf, poll, () => fault);
    return backend;
  });
  await tf.setBackend("webgpu");
  const { description, device: model, vendor } = adapter.info;
  return description || model || vendor || "unknown adapter";
}

async function loadDawn(): Promise<Dawn> {
  // By a name that the compiler does not look up: the package may be missing.
  const name: string = "webgpu";
  try {
    return (await import(name)) as Dawn;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(
      code === "ERR_MODULE_NOT_FOUND"
        ? `IGDS_BACKEND=webgpu was set, but the package "webgpu" is not installed. Run: npm install --no-save ${PACKAGE}`
        : `IGDS_BACKEND=webgpu was set, but the package "webgpu" does not load: ${message}`,
    );
  }
}

/** The limits that the backend of TensorFlow.js asks for in a browser. */
const limitNames = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
] as const;

function descriptorOf({ limits }: GPUAdapter): GPUDeviceDescriptor {
  return { requiredLimits: Object.fromEntries(limitNames.map((name) => [name, limits[name]])) };
}

/** The backend looks whether there is navigator.gpu when it is made; left there, it would keep Node from ending. */
function withNavigator<T>(gpu: GPU, make: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  }
}

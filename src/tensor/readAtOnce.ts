// Reading tensors of TensorFlow.js's WebGPU backend synchronously in Node. The backend's own way takes a canvas, which
// Node has not; WebGPU itself only promises that a buffer will be mapped.
//
// The promises of the package `webgpu` are kept by a function of its own that asks the GPU for news, and that it hands to
// setImmediate while something is awaited. Called from here until the buffer is mapped, it does the same without giving
// the thread back.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type * as TensorFlow from "@tensorflow/tfjs-core";

/** Asks the GPU what is done. */
export type Poll = () => void;

/** Questions at once, for what is nearly done; milliseconds between the later ones. */
const EAGER = 200;
const PAUSE = 0.05;

const clock = new Int32Array(new SharedArrayBuffer(4));

/**
 * Runs `work`, which must begin something that the package awaits, and takes what it hands to setImmediate.
 * @throws where nothing is handed over: this version of the package works otherwise
 */
export function pollOf<T>(work: () => T): { result: T; poll: Poll } {
  let poll: Poll | undefined;
  const real = globalThis.setImmediate;
  const result = withImmediate((callback) => {
    poll = callback;
    return real(callback);
  }, work);
  if (!poll)
    throw new Error(
      'This version of the package "webgpu" does not work with igds: it asks the GPU in another way than 0.6.2 does.',
    );
  return { result, poll };
}

/** Makes `dataSync` and its like work; what is held in memory, and complex numbers' halves, go the backend's way. */
export function readAtOnce(
  backend: WebGPUBackend,
  { util }: typeof TensorFlow,
  poll: Poll,
  fault: () => string | null,
): void {
  const ownWay = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    const { values, dtype, resource } = backend.tensorMap.get(dataId);
    if (values || !(resource instanceof GPUBuffer)) return ownWay(dataId);
    const bytes = bytesOf(backend, resource, poll);
    const wrong = fault();
    if (wrong) throw new Error(`The GPU refused an operation: ${wrong}`);
    const read = util.convertBackendValuesAndArrayBuffer(bytes, dtype);
    backend.tensorMap.get(dataId).values = read;
    return read;
  };
}

function bytesOf(backend: WebGPUBackend, buffer: GPUBuffer, poll: Poll): ArrayBuffer {
  const { COPY_DST, MAP_READ } = GPUBufferUsage;
  const staging = backend.bufferManager.acquireBuffer(buffer.size, COPY_DST | MAP_READ);
  const encoder = backend.device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  submit(backend);
  backend.queue.submit([encoder.finish()]);
  // Whether it failed is seen below.
  staging.mapAsync(GPUMapMode.READ).catch(() => {});
  withImmediate(
    () => undefined,
    () => {
      for (let asked = 0; staging.mapState === "pending"; asked++) {
        if (asked > EAGER) Atomics.wait(clock, 0, 0, PAUSE);
        poll();
      }
    },
  );
  if (staging.mapState !== "mapped")
    throw new Error("The GPU was lost: its driver has stopped, or its memory is full.");
  const bytes = staging.getMappedRange().slice(0);
  staging.unmap();
  backend.bufferManager.releaseBuffer(staging);
  return bytes;
}

/** Sends off what the backend has gathered. */
function submit(backend: WebGPUBackend): void {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
}

type SetImmediate = (callback: () => void) => unknown;

/** Runs `work` with another setImmediate. */
function withImmediate<T>(other: SetImmediate, work: () => T): T {
  const real = globalThis.setImmediate;
  globalThis.setImmediate = other as typeof setImmediate;
  try {
    return work();
  } finally {
    globalThis.setImmediate = real;
  }
}

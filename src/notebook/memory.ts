// How much memory the process and the engine's tensors use.
import { engineInfo, tf } from "../tensor/engine";
import type { MimeBundle } from "./mime";
import { table } from "./table";
import { HtmlView } from "./views";

/** Memory in use, in bytes. */
export interface MemoryUse {
  /** Physical memory of the process now. */
  readonly process: number;
  /** Most of it since the process started. */
  readonly peak: number;
  /** JavaScript's own heap: objects, strings, code. */
  readonly heap: number;
  /** Live tensors of the engine, how many. Weights of compiled networks, such as a denoiser's, are held apart and not among them. */
  readonly tensors: number;
  /** Size of their values. */
  readonly tensorBytes: number;
}

/**
 * Memory in use that shows itself as a table.
 * @example
 * const before = igds.memory();
 * const held = igds.tf.zeros([10]);
 * igds.memory().tensors - before.tensors; // 1
 */
export class MemoryView extends HtmlView implements MemoryUse {
  /** Of the process, bytes. */
  readonly process: number;
  /** The most that the process has held, bytes. */
  readonly peak: number;
  /** Of JavaScript's objects, bytes. */
  readonly heap: number;
  /** How many are alive. */
  readonly tensors: number;
  /** What they hold, bytes. */
  readonly tensorBytes: number;

  constructor(use: MemoryUse) {
    const on = engineInfo.device === "gpu" ? "on the GPU" : "in the process";
    const view = table(
      [
        { memory: "process", MB: megabytes(use.process), what: "all that it holds now" },
        { memory: "peak", MB: megabytes(use.peak), what: "the most it ever held" },
        { memory: "heap", MB: megabytes(use.heap), what: "JavaScript's objects" },
        { memory: "tensors", MB: megabytes(use.tensorBytes), what: `${use.tensors} alive, ${on}` },
      ],
      { digits: 1 },
    );
    super(view.html, view.text);
    this.process = use.process;
    this.peak = use.peak;
    this.heap = use.heap;
    this.tensors = use.tensors;
    this.tensorBytes = use.tensorBytes;
  }

  protected override more(): MimeBundle {
    const { process, peak, heap, tensors, tensorBytes } = this;
    return { "application/json": { process, peak, heap, tensors, tensorBytes } };
  }
}

/**
 * Memory of the process and of the engine's tensors.
 * @example igds.memory().tensors // how many tensors are alive
 */
export function memory(): MemoryView {
  const { numTensors, numBytes } = tf.memory();
  const { rss, heapUsed } = process.memoryUsage();
  return new MemoryView({
    process: rss,
    // Node tells the peak in kilobytes on every system.
    peak: Math.max(rss, process.resourceUsage().maxRSS * 1024),
    heap: heapUsed,
    tensors: numTensors,
    tensorBytes: numBytes,
  });
}

function megabytes(bytes: number): number {
  return bytes / 1e6;
}

// Starts the wire thread and exchanges messages with it.

import { join } from "node:path";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import {
  type ConnectionInfo,
  shared,
  sharedBytes,
  type ToMain,
  type ToWire,
  type WireOptions,
} from "../link";
import type { Descriptors } from "./descriptors";
import { endProcess } from "./exit";
import { setImmediate } from "./timers";

export interface WireThreadOptions {
  readonly connection: ConnectionInfo;
  readonly versions: WireOptions["versions"];
  readonly descriptors: Descriptors;
  /** What the thread runs. */
  readonly script?: string;
}

export class WireThread {
  /** Shared with the wire thread, see `shared` in link.ts. */
  readonly counters: Int32Array;
  readonly #port: MessagePort;
  /** Received and not yet handled: a synchronous prompt takes messages from the port that are not for it. */
  #backlog: ToMain[] = [];
  #handler: ((message: ToMain) => void) | undefined;
  #interruptHandler: () => boolean = () => false;

  /** The process ends with the thread: with code 1 and a word on the original stderr if it failed. */
  constructor({ connection, versions, descriptors, script }: WireThreadOptions) {
    this.counters = new Int32Array(new SharedArrayBuffer(sharedBytes), 0, shared.length);
    const { port1, port2 } = new MessageChannel();
    const workerData: WireOptions = {
      connection,
      port: port2,
      counters: this.counters.buffer as SharedArrayBuffer,
      descriptors: descriptors.ends,
      parent: parentToWatch(),
      log: descriptors.logDescriptor,
      versions,
    };
    const worker = new Worker(script ?? join(__dirname, "../wire/thread.js"), {
      workerData,
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
      // Its output is a note to whoever looks after the kernel, not to the reader of a cell.
      stdout: true,
      stderr: true,
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.on("data", (bytes: Buffer) => descriptors.log(bytes.toString()));
    }
    worker.on("error", (error) => {
      descriptors.log(`The kernel's wire thread failed: ${error.stack ?? error}\n`);
      endProcess(1);
    });
    worker.on("exit", (code) => endProcess(code));
    this.#port = port1;
    port1.on("message", (message: ToMain) => this.#receive(message));
  }

  /** Posts to the wire thread; what is in `transfer` cannot be used here any more. */
  readonly post = (message: ToWire, transfer: readonly ArrayBuffer[] = []): void => {
    this.#port.postMessage(message, transfer as ArrayBuffer[]);
  };

  /** Messages other than interrupts, in order, those included that came before there was a handler. */
  onMessage(handler: (message: ToMain) => void): void {
    this.#handler = handler;
    this.#handleBacklog();
  }

  /** Called on each interrupt; gives whether it ends a cell. */
  onInterrupt(handler: () => boolean): void {
    this.#interruptHandler = handler;
  }

  /**
   * The next message without a turn of the event loop, undefined if there is none. An interrupt has been
   * answered by then. What the caller has no use for goes back by `putBack`.
   */
  take(): ToMain | undefined {
    const received = receiveMessageOnPort(this.#port) as { message: ToMain } | undefined;
    if (received?.message.kind === "interrupt") {
      // Whoever waits here without a turn of the event loop has ended its wait.
      this.post({ kind: "interrupted" });
      this.#interruptHandler();
    }
    return received?.message;
  }

  /** Has a message taken by `take` handled when the event loop turns, before any later one. */
  putBack(message: ToMain): void {
    this.#backlog.push(message);
    setImmediate(() => this.#handleBacklog());
  }

  #receive(message: ToMain): void {
    if (message.kind === "interrupt") {
      const answer = () => this.post({ kind: "interrupted" });
      // Of a cell once ticks and microtasks are through, as it may have left an endless chain of them. No other request
      // comes before its reply.
      if (this.#interruptHandler()) setImmediate(answer);
      else answer();
    } else {
      this.#backlog.push(message);
      this.#handleBacklog();
    }
  }

  #handleBacklog(): void {
    if (this.#handler === undefined) return;
    for (let message = this.#backlog.shift(); message; message = this.#backlog.shift()) {
      this.#handler(message);
    }
  }
}

/** Jupyter says which process must not be outlived; a kernel that was started by hand goes on without its terminal. */
function parentToWatch(): number | undefined {
  const parent = Number(process.env.JPY_PARENT_PID);
  return Number.isSafeInteger(parent) && parent > 0 ? parent : undefined;
}

// Puts the parts of the main thread together: what comes from the wire thread goes to who can answer it.

import { createRequire } from "node:module";
import path from "node:path";
import { type Cell, currentCell, currentSignal } from "./cell";
import { fromThrown } from "./cellError";
import { installGlobals } from "./display/api";
import type { Displays } from "./display/display";
import { hideInnerState } from "./display/innerState";
import { connectTslab } from "./display/tslab";
import { clearTimers } from "./io/cellTimers";
import { Comms } from "./io/comms";
import { runExitHandlers } from "./io/exit";
import { KeyboardInterrupt } from "./io/interrupt";
import type { Output } from "./io/output";
import type { Stdin } from "./io/stdin";
import { setTimeout } from "./io/timers";
import type { WireThread } from "./io/wireThread";
import { ownJsx } from "./language/compilerOptions";
import { installStackTraces } from "./language/stackTraces";
import { type Content, failure, type Request, type ToMain } from "./link";
import { type ProvidedModule, Session } from "./session";

/** Types of the cells' globals; beside this file's source, as it is no code. */
const globals = path.join(__dirname, "..", "..", "kernels", "globals.d.ts");

/** A request that was interrupted is answered by its own function, if that is still there, in less time. */
const lastAnswerMilliseconds = 200;

export class Kernel {
  readonly #log: (text: string) => void;
  readonly #wire: WireThread;
  readonly #output: Output;
  readonly #stdin: Stdin;
  readonly #comms: Comms;
  readonly #session: Session;
  /** The request that later ones wait for. */
  #answering: Request | undefined;
  /** The message to a comm that is being handled. */
  #comm: Request | undefined;
  /** Interrupted cells whose code ended after them, and the reader knows. */
  readonly #toldOf = new WeakSet<Cell>();
  /** Whether the last interrupt ended a cell. */
  #interrupted = false;

  /** `log` gets what no cell can be told. */
  constructor(wire: WireThread, output: Output, stdin: Stdin, log: (text: string) => void) {
    this.#log = log;
    this.#wire = wire;
    this.#output = output;
    this.#stdin = stdin;
    this.#comms = new Comms(output);
    const folder = process.cwd();
    const displays = installGlobals({ output, stdin, comms: this.#comms });
    installStackTraces();
    hideInnerState();
    this.#session = new Session(folder, globals, {
      publish: (type, content) => output.publish(type, content),
      displaysEnded: (cell) => displays.ended(cell),
      checkpoint,
      provided: [tslab(folder, displays), jsx],
    });
  }

  warmUp(): void {
    this.#session.warmUp();
  }

  /** @returns whether it ends a cell */
  interrupt(): boolean {
    const cell = this.#session.running;
    this.#interrupted = this.#session.interrupt();
    if (this.#interrupted) clearTimers(cell);
    // One that is being compiled or waits to run is what the reader means.
    if (cell) return this.#interrupted;
    const count = clearTimers();
    if (count > 0)
      console.error(`Interrupted: ${count} timer${count === 1 ? "" : "s"} of earlier cells ended`);
    return false;
  }

  handle(message: ToMain): void {
    switch (message.kind) {
      case "request":
        void this.#reply(message);
        break;
      case "stopped":
        this.#stopped(message.ofCell);
        break;
      case "inputReply":
        this.#stdin.answer(message.value, message.nobody);
        break;
      case "shutdown":
        // Timers, workers and native threads that cells left behind must not keep the process alive.
        this.#wire.post({ kind: "closing" });
        runExitHandlers((error) => this.#log(`At the end of the process: ${error}\n`));
        this.#output.flush();
        this.#wire.post({ kind: "closed" });
        break;
    }
  }

  /** Shows what went wrong outside of any running cell: a forgotten promise, a timer. */
  failed(thrown: unknown): void {
    const error = fromThrown(thrown, "", "");
    if (currentCell()) this.#output.publish("error", { ...error });
    else this.#log(`${error.traceback.join("\n")}\n`);
  }

  /** Code that the current cell has left behind was ended where it awaited, as the cell was interrupted. */
  endedByInterrupt(): void {
    const cell = currentCell();
    // The cell tells of itself.
    if (!cell || cell === this.#session.running || this.#toldOf.has(cell)) return;
    this.#toldOf.add(cell);
    console.error(
      `KeyboardInterrupt: cell [${cell.count}] was interrupted, which ends what it has started, such as the handlers of ` +
        "its servers and workers, where they await; run the cell again if they are needed",
    );
  }

  async #reply(request: Request): Promise<void> {
    const { msg_id, msg_type } = request.header;
    // Comm messages overtake the others and wait for nothing.
    if (msg_type.startsWith("comm_")) this.#comm = request;
    else this.#answering = request;
    const content = await this.#answer(request);
    if (this.#answering === request) this.#answering = undefined;
    if (this.#comm === request) this.#comm = undefined;
    this.#post(msg_id, content);
  }

  #post(id: string, content: Content): void {
    this.#output.flush();
    try {
      this.#wire.post({ kind: "reply", id, content });
    } catch (error) {
      // Something in it that no message can carry, such as a function within an expression's value.
      this.#wire.post({ kind: "reply", id, content: failure(error) });
    }
  }

  /** Something was terminated: code of a cell, of a timer that an earlier cell left, or the kernel's own. */
  #stopped(ofCell: boolean): void {
    // A cell that has not begun cannot be what was terminated, and goes on.
    const request = ofCell && this.#session.spare() ? undefined : this.#answering;
    // Nobody else reports a timer.
    if (!this.#interrupted && !request) this.failed(new KeyboardInterrupt());
    // Nor does anybody else answer a comm whose handler is gone.
    const comm = this.#comm;
    this.#comm = undefined;
    if (comm) this.#post(comm.header.msg_id, failure(new KeyboardInterrupt()));
    setTimeout(() => {
      if (!request || this.#answering !== request) return;
      // The function that would have answered is gone.
      this.#answering = undefined;
      this.#post(request.header.msg_id, this.#session.abandon());
    }, lastAnswerMilliseconds);
  }

  /** Never throws: a request without a reply would keep all later ones waiting. */
  async #answer(request: Request): Promise<Content> {
    try {
      const { header, content } = request;
      switch (header.msg_type) {
        case "execute_request":
          return await this.#session.execute(request);
        case "complete_request":
          return this.#session.complete(String(content.code), Number(content.cursor_pos));
        case "inspect_request":
          return this.#session.inspect(String(content.code), Number(content.cursor_pos));
        case "is_complete_request":
          return this.#session.isComplete(String(content.code));
        default:
          return this.#comms.handle(request);
      }
    } catch (error) {
      return failure(error);
    }
  }
}

/** Ends the code of a cell that was interrupted while it waited. */
function checkpoint(): void {
  if (currentSignal().aborted) throw new KeyboardInterrupt();
}

const jsx: ProvidedModule = {
  specifier: `${ownJsx}/jsx-runtime`,
  types: path.join(__dirname, "display", "jsx.d.ts"),
  exports: () => require("./display/jsx"),
};

/** tslab as the folder has it, or ours, with its displays going to this kernel. */
function tslab(folder: string, displays: Displays): ProvidedModule {
  const find = (require: NodeJS.Require) => path.dirname(require.resolve("tslab/package.json"));
  return {
    specifier: "tslab",
    types: path.join(find(require), "dist", "public.d.ts"),
    exports: () => {
      const inFolder = createRequire(path.join(folder, "cell.ts"));
      const resolve = canFind(() => find(inFolder)) ? inFolder : require;
      connectTslab(displays, resolve);
      return resolve("tslab");
    },
  };
}

function canFind(find: () => string): boolean {
  try {
    return find() !== "";
  } catch {
    return false;
  }
}

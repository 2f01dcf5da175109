// Puts the parts of the main thread together: what comes from the wire thread goes to who can answer it.

import { createRequire } from "node:module";
import path from "node:path";
import { currentCell } from "./cell";
import { fromThrown } from "./cellError";
import { installGlobals } from "./display/api";
import { connectTslab } from "./display/tslab";
import { Comms } from "./io/comms";
import { KeyboardInterrupt } from "./io/interrupt";
import type { Output } from "./io/output";
import type { Stdin } from "./io/stdin";
import type { WireThread } from "./io/wireThread";
import { installStackTraces } from "./language/stackTraces";
import type { Content, Request, ToMain } from "./link";
import { Session } from "./session";

/** Types of the cells' globals; beside this file's source, as it is no code. */
const globals = path.join(__dirname, "..", "..", "kernels", "globals.d.ts");

export class Kernel {
  readonly #wire: WireThread;
  readonly #output: Output;
  readonly #stdin: Stdin;
  readonly #comms: Comms;
  readonly #session: Session;
  /** Whether the last interrupt ended a cell. */
  #interrupted = false;

  constructor(wire: WireThread, output: Output, stdin: Stdin) {
    this.#wire = wire;
    this.#output = output;
    this.#stdin = stdin;
    this.#comms = new Comms(output);
    const folder = process.cwd();
    const displays = installGlobals({ output, stdin, comms: this.#comms });
    installStackTraces();
    const resolve = createRequire(path.join(folder, "cell.ts"));
    this.#session = new Session(folder, globals, {
      publish: (type, content) => output.publish(type, content),
      displaysEnded: (cell) => displays.ended(cell),
      checkpoint,
      replaced: {
        tslab: () => {
          const require = isResolvable(resolve, "tslab") ? resolve : createRequire(__filename);
          connectTslab(displays, require);
          return require("tslab");
        },
      },
    });
  }

  warmUp(): void {
    for (const problem of this.#session.warmUp()) console.error(`tsconfig.json: ${problem}`);
  }

  interrupt(): void {
    this.#interrupted = this.#session.interrupt();
  }

  handle(message: ToMain): void {
    switch (message.kind) {
      case "request":
        void this.#reply(message);
        break;
      case "stopped":
        // What was terminated without being a cell was a timer of an earlier one, which nobody else reports.
        if (!this.#interrupted) this.failed(new KeyboardInterrupt());
        break;
      case "inputReply":
        this.#stdin.answer(message.value);
        break;
      case "shutdown":
        // Timers, workers and native threads that cells left behind must not keep the process alive.
        this.#output.flush();
        this.#wire.post({ kind: "closed" });
        break;
    }
  }

  /** Shows what went wrong outside of any running cell: a forgotten promise, a timer. */
  failed(thrown: unknown): void {
    this.#output.publish("error", { ...fromThrown(thrown, "", "") });
  }

  async #reply(request: Request): Promise<void> {
    const content = await this.#answer(request);
    this.#output.flush();
    this.#wire.post({ kind: "reply", id: request.header.msg_id, content });
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
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      return { status: "error", ename: name, evalue: message, traceback: [stack ?? message] };
    }
  }
}

/** Ends the code of a cell that was interrupted while it waited. */
function checkpoint(): void {
  if (currentCell()?.controller.signal.aborted) throw new KeyboardInterrupt();
}

function isResolvable(resolve: NodeJS.Require, specifier: string): boolean {
  try {
    resolve.resolve(specifier);
    return true;
  } catch {
    return false;
  }
}

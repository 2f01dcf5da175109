// The requests that the wire thread answers without the main thread.

import type { Content, WireOptions } from "../link";
import type { History } from "./history";
import { kernelInfo } from "./kernelInfo";
import type { Message } from "./message";

export interface RequestsOptions {
  readonly connection: WireOptions["connection"];
  readonly versions: WireOptions["versions"];
  readonly history: History;
  readonly interrupt: () => void;
  readonly shutdown: (request: Message, restart: boolean) => void;
}

export class Requests {
  readonly #options: RequestsOptions;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Content of the reply; undefined for messages of a type that is not known, which get none. */
  answer(request: Message): Content | undefined {
    const { connection, versions, history, interrupt, shutdown } = this.#options;
    const { content } = request;
    switch (request.header.msg_type) {
      case "kernel_info_request":
        return kernelInfo(versions);
      case "history_request":
        return { status: "ok", history: history.find(content) };
      case "interrupt_request":
        interrupt();
        return { status: "ok" };
      case "shutdown_request": {
        const restart = content.restart === true;
        shutdown(request, restart);
        return { status: "ok", restart };
      }
      case "debug_request":
        return debugReply(content);
      case "connect_request": {
        const { shell_port, iopub_port, stdin_port, control_port, hb_port } = connection;
        return { status: "ok", shell_port, iopub_port, stdin_port, control_port, hb_port };
      }
      default:
        return undefined;
    }
  }
}

/** In the terms of the Debug Adapter Protocol. */
function debugReply({ seq, command }: Content): Content {
  return {
    type: "response",
    seq: 0,
    request_seq: typeof seq === "number" ? seq : 0,
    success: false,
    command: typeof command === "string" ? command : "",
    message: "This kernel has no debugger",
  };
}

// What the kernel answers to every request but execute_request.

import { inspect } from "node:util";
import type { Session } from "./session";
import { type Content, type Message, protocolVersion } from "./wire";

export interface Answer {
  readonly type: string;
  readonly content: Content;
}

export class Answers {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The reply to a request; undefined for messages that get none (comm messages, unknown types). */
  to(message: Message): Answer | undefined {
    const type = message.header.msg_type.replace(/_request$/, "_reply");
    if (type === message.header.msg_type) return undefined;
    try {
      const content = this.#content(message.header.msg_type, message.content);
      return content && { type, content };
    } catch (error) {
      const { name, message: text, stack } = error instanceof Error ? error : new Error(inspect(error));
      return { type, content: { status: "error", ename: name, evalue: text, traceback: [stack ?? text] } };
    }
  }

  #content(type: string, request: Content): Content | undefined {
    switch (type) {
      case "kernel_info_request":
        return kernelInfo();
      case "complete_request":
        return this.#complete(String(request.code), Number(request.cursor_pos));
      case "inspect_request":
        return this.#inspect(String(request.code), Number(request.cursor_pos));
      case "is_complete_request":
        return isComplete(String(request.code));
      case "comm_info_request":
        return { status: "ok", comms: {} };
      case "history_request":
        return { status: "ok", history: [] };
      case "interrupt_request":
        return { status: "ok" };
      case "shutdown_request":
        return { status: "ok", restart: request.restart === true };
      default:
        return undefined;
    }
  }

  #complete(code: string, cursor: number): Content {
    const at = toUtf16(code, cursor);
    const found = this.#session.executor.complete(code, at);
    return {
      status: "ok",
      matches: found.candidates,
      cursor_start: toCodePoints(code, found.start),
      cursor_end: toCodePoints(code, found.end),
      metadata: {},
    };
  }

  #inspect(code: string, cursor: number): Content {
    const info = this.#session.executor.inspect(code, toUtf16(code, cursor));
    if (!info) return { status: "ok", found: false, data: {}, metadata: {} };
    const { printQuickInfo } = require("tslab/dist/inspect") as typeof import("tslab/dist/inspect");
    return { status: "ok", found: true, data: { "text/plain": printQuickInfo(info) }, metadata: {} };
  }
}

function kernelInfo(): Content {
  const { versions } = require("tslab") as typeof import("tslab");
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "igds",
    implementation_version: versions.tslab,
    banner: `TypeScript ${versions.typescript} on Node ${process.version} (IGDS kernel, tslab ${versions.tslab})`,
    help_links: [],
    language_info: {
      name: "typescript",
      version: versions.typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
      // "mode" is what JupyterLab reads, "name" and "typescript" are what the classic notebook reads.
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
    },
  };
}

function isComplete(code: string): Content {
  const { isCompleteCode } = require("tslab/dist/converter") as typeof import("tslab/dist/converter");
  const { completed, indent } = isCompleteCode(code);
  return completed ? { status: "complete" } : { status: "incomplete", indent: indent ?? "" };
}

// Jupyter counts code points, TypeScript counts UTF-16 units.
function toUtf16(code: string, codePoints: number): number {
  return [...code].slice(0, codePoints).join("").length;
}

function toCodePoints(code: string, units: number): number {
  return [...code.slice(0, units)].length;
}

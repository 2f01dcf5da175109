// What the two threads of the kernel tell each other. The wire thread owns the sockets and speaks Jupyter's
// protocol; the main thread runs cells. A loop that never ends keeps the main thread alone from answering.

import type { MessagePort } from "node:worker_threads";

export type Content = Readonly<Record<string, unknown>>;

/** Header of a Jupyter message; on output it is the parent: the request that the output belongs to. */
export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
}

export type StreamName = "stdout" | "stderr";

/** A request that only the main thread can answer, one at a time except comm messages, which overtake. */
export interface Request {
  readonly kind: "request";
  readonly header: Header;
  readonly content: Content;
  readonly metadata: Content;
  readonly buffers: readonly Uint8Array[];
  /** Number of the cell, for execute_request. */
  readonly count: number;
}

export type ToMain =
  | Request
  /** Ends the running cell; to be answered by "interrupted" as soon as the main thread's event loop turns. */
  | { readonly kind: "interrupt" }
  /**
   * The wire thread had to terminate what the main thread was running: whatever ran is dead. `ofCell`: a cell's code
   * was part of it, not only the kernel's own.
   */
  | { readonly kind: "stopped"; readonly ofCell: boolean }
  /** Answer to "input"; undefined: interrupted, or `nobody` can answer as what asks has ended. */
  | { readonly kind: "inputReply"; readonly value: string | undefined; readonly nobody?: boolean }
  | { readonly kind: "shutdown"; readonly restart: boolean };

export type ToWire =
  /** The compiler is warm and cells can run. */
  | { readonly kind: "ready" }
  /** `more`: the place in the held text from which on this cell goes on with this stream. */
  | {
      readonly kind: "stream";
      readonly parent: Header;
      readonly name: StreamName;
      readonly text: string;
      readonly more?: number;
    }
  /** What children and native code have written so far comes before what the main thread posts from now on. */
  | { readonly kind: "drain" }
  /** Any other message on iopub: display_data, execute_result, error, comm_msg ... */
  | {
      readonly kind: "publish";
      readonly parent: Header;
      readonly type: string;
      readonly content: Content;
      readonly metadata?: Content;
      readonly buffers?: readonly Uint8Array[];
    }
  /** The reply to the request with this msg_id; ends it: idle follows. */
  | { readonly kind: "reply"; readonly id: string; readonly content: Content }
  /** Asks the front end that sent `parent` for a line of text. */
  | {
      readonly kind: "input";
      readonly parent: Header;
      readonly prompt: string;
      readonly password: boolean;
    }
  | { readonly kind: "interrupted" }
  /** The main thread has heard of the shutdown; what wants to hear of the end of the process does now. */
  | { readonly kind: "closing" }
  /** The main thread has let go of everything and the process may end. */
  | { readonly kind: "closed" };

/** What the wire thread is started with. */
export interface WireOptions {
  readonly connection: ConnectionInfo;
  /** The main thread's end is the other one. */
  readonly port: MessagePort;
  /** Counts shared by both threads, see `shared`. */
  readonly counters: SharedArrayBuffer;
  /** Read ends of the pipes behind descriptors 1 and 2; undefined where they cannot be captured. */
  readonly descriptors: { readonly stdout: number; readonly stderr: number } | undefined;
  /** Process without which the kernel ends; undefined: it goes on alone. */
  readonly parent: number | undefined;
  /** Descriptor of the stderr that the process was started with, for whoever looks after the kernel. */
  readonly log?: number;
  /** Kernel version and language version for kernel_info. */
  readonly versions: { readonly kernel: string; readonly typescript: string };
}

/** Places in the shared Int32Array of counters. */
export const shared = {
  /** Weight of the output posted and not yet handed to ZeroMQ: the main thread waits while it is too much. */
  outputInFlight: 0,
  /** 1 once the reply to a synchronous prompt() has been posted or the prompt was interrupted. */
  promptAnswered: 1,
  /** Held text, see below: the place where it begins, where it ends, and up to where it was taken. */
  heldStart: 2,
  heldEnd: 3,
  heldTaken: 4,
  length: 5,
} as const;

/**
 * Text that a cell has written and the main thread holds back, so that many lines make few messages, is also in shared
 * memory behind the counters: in a loop the main thread gets no chance to post it, and the wire thread takes it from
 * there. Places count characters and no two beginnings are the same. Whoever sets `heldTaken` has the text before it;
 * once the main thread has made it negative (`~`), the rest is its own to post.
 */
export const heldCharacters = 1 << 16;
export const sharedBytes = 4 * shared.length + 2 * heldCharacters;

/** What each message costs, in characters. */
const messageWeight = 1 << 12;

/**
 * What a message counts for in `outputInFlight`, in characters. The wire thread takes it back after a turn of
 * its event loop and not at once: endless output would otherwise keep it from seeing an interrupt.
 */
export function weightOf(message: Extract<ToWire, { kind: "stream" | "publish" }>): number {
  if (message.kind === "stream") return messageWeight + message.text.length;
  const bundle = Object.values(message.content.data ?? {});
  const characters = bundle.reduce(
    (sum: number, value) => sum + (typeof value === "string" ? value.length : 0),
    0,
  );
  return (message.buffers ?? []).reduce(
    (sum, { byteLength }) => sum + byteLength,
    messageWeight + characters,
  );
}

/** Content of a reply that says that a request failed. */
export function failure(error: unknown): Content {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { status: "error", ename: name, evalue: message, traceback: [`${name}: ${message}`] };
}

/** What the front end wrote into its connection file. */
export interface ConnectionInfo {
  readonly transport: string;
  readonly ip: string;
  readonly key: string;
  readonly signature_scheme?: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
}
